import type { Failure } from "@chatee/shared/failure";
import { readAttachment } from "@chatee/shared/attachments";
import type { Attachment } from "@chatee/shared/attachments";
import { failureSentence } from "../../api/failure-sentence.ts";
import { strings as problems } from "../../api/problem.strings.ts";

/** Where the bytes of a file are. */
export function fileUrl(fileId: string, options: { download?: boolean } = {}): string {
  return `/api/files/${encodeURIComponent(fileId)}${options.download ? "?download=true" : ""}`;
}

/** Where a small picture of it is. */
export function thumbnailUrl(fileId: string): string {
  return `${fileUrl(fileId)}/thumbnail`;
}

/**
 * Sends a file as it is, without reading it into memory. `onProgress` gets the part that was sent, from 0 to 1.
 *
 * @throws Error with a sentence for the screen
 */
export function uploadFile(
  file: File,
  { onProgress, signal }: { onProgress: (part: number) => void; signal: AbortSignal },
): Promise<Attachment> {
  // Only this tells how far an upload is.
  const request = new XMLHttpRequest();
  const { promise, resolve, reject } = Promise.withResolvers<Attachment>();
  request.open("POST", `/api/files?name=${encodeURIComponent(file.name.toWellFormed().replaceAll("\0", ""))}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
  request.addEventListener("load", () => {
    const stored = request.status === 201 ? toAttachment(request.responseText) : null;
    if (stored) resolve(stored);
    else reject(new Error(sentenceOf(request.status, request.responseText)));
  });
  request.addEventListener("error", () => reject(new Error(problems.unreachable)));
  request.addEventListener("abort", () => reject(new Error(problems.unreachable)));
  signal.addEventListener("abort", () => request.abort(), { once: true });
  request.send(file);
  return promise;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function toAttachment(text: string): Attachment | null {
  const { file_id: fileId, mime_type: mimeType, size: sizeBytes, ...rest } = parsed(text);
  return readAttachment({ ...rest, fileId, mimeType, sizeBytes });
}

function sentenceOf(status: number, text: string): string {
  const { message, max_bytes: maxBytes } = parsed(text);
  if (status === 413 && typeof maxBytes === "number") {
    const failure: Failure = { code: "input.too_large", maxBytes };
    return failureSentence(failure);
  }
  return typeof message === "string" ? message : problems.unreachable;
}

import type { FileRow } from "@chatee/db/files.store";
import { DomainError } from "@chatee/shared/failure";
import type { Environment } from "../environment.ts";
import type { FileStorage } from "./file-storage.ts";

/** Takes the words out of a PDF, at most `maxChars` of them. Ends by itself in bounded time, or rejects. */
export type ReadPdf = (bytes: Uint8Array, maxChars: number, signal: AbortSignal) => Promise<string>;

/** Of one file, however long it is. */
const maxChars = 400_000;
const maxPdfBytes = 64 * 1024 * 1024;
/** Words that were taken out of documents and are kept for the next turn. */
const maxKept = 16;

/** The words of a file as a model may read them; null when there are none that can be read. */
export function createFileText(deps: { storage: FileStorage; readPdf: ReadPdf | null; log: Environment["log"] }) {
  const kept = new Map<string, string>();

  async function wordsOfPdf(file: FileRow, signal: AbortSignal): Promise<string | null> {
    const known = kept.get(file.fileId);
    if (known !== undefined) return known;
    if (!deps.readPdf || file.sizeBytes > maxPdfBytes) return null;
    const words = await deps.readPdf(await bytesOf(deps.storage, file), maxChars, signal);
    kept.set(file.fileId, words);
    for (const oldest of kept.keys()) if (kept.size > maxKept) kept.delete(oldest);
    return words;
  }

  return async (file: FileRow, signal: AbortSignal): Promise<string | null> => {
    try {
      if (file.kind === "text") return await beginningOf(deps.storage, file);
      return file.kind === "pdf" ? await wordsOfPdf(file, signal) : null;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DomainError))
        deps.log.warn({ error, fileId: file.fileId }, "the words of a file could not be read");
      return null;
    }
  };
}
export type FileText = ReturnType<typeof createFileText>;

async function beginningOf(storage: FileStorage, { fileId, sizeBytes }: FileRow): Promise<string> {
  if (sizeBytes === 0) return "";
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of storage.read(fileId, { start: 0, end: Math.min(sizeBytes, maxChars * 4) - 1 })) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= maxChars) return text.slice(0, maxChars).toWellFormed();
  }
  return text + decoder.decode();
}

/** All of it, in memory: only for what is bounded. */
export async function bytesOf(storage: FileStorage, { fileId, sizeBytes }: FileRow): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (sizeBytes > 0) for await (const chunk of storage.read(fileId)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import type { FileRow } from "@chatee/db/files.store";
import type { MessageRow } from "@chatee/db/messages.store";
import { attachmentsOf } from "@chatee/shared/attachments";
import type { Attachment } from "@chatee/shared/attachments";
import type { LlmConfig } from "@chatee/shared/llm";
import type { FileService } from "../files/files.service.ts";
import type { ToolMedia } from "../llm/provider.ts";
import { clip } from "./clip.ts";

/** A message with the words and pictures of the files it refers to, as a model reads it. */
export type AttachedRow = MessageRow & { media?: ToolMedia[] };

/** What APIs take of one picture; base64 makes a third more of it. */
const maxImageBytes = 3_700_000;
/** Of all pictures of a prompt, the newest first; no more than tool-media lets into a request. */
const maxImagesBytes = 4_400_000;
const maxImages = 10;
const readableImage = /^image\/(png|jpeg|gif|webp)$/;
/** Of all files of a prompt, where the model's window is not known. */
const assumedChars = 200_000;
const minChars = 4_000;

export type AttachedFiles = ReturnType<typeof createAttachedFiles>;

/** Puts the content of files beside the words of the messages that refer to them. What cannot be read is named. */
export function createAttachedFiles({ files }: { files: Pick<FileService, "findMany" | "text" | "bytes"> }) {
  return async (
    ownerId: string,
    rows: MessageRow[],
    { config, strict, signal }: { config: LlmConfig; strict: boolean; signal: AbortSignal },
  ): Promise<AttachedRow[]> => {
    const carrying = rows.filter((row) => row.role === "user" && attachmentsOf(row).length > 0);
    if (carrying.length === 0) return rows;
    const wanted = [...new Set(carrying.flatMap((row) => attachmentsOf(row).map(({ fileId }) => fileId)))];
    const found = new Map((await files.findMany(ownerId, wanted)).map((row) => [row.fileId, row]));
    const { contextWindowTokens } = config.capabilities;
    /** A character may be a token; files together may fill a good part of the window and not all of it. */
    const most = Math.max(minChars, contextWindowTokens == null ? assumedChars : contextWindowTokens * 0.5);
    const left = {
      chars: strict ? most / 4 : most,
      images: config.capabilities.vision === true ? maxImages : 0,
      imageBytes: maxImagesBytes,
    };

    async function picture(file: FileRow | undefined): Promise<ToolMedia | null> {
      if (!file || left.images === 0 || !readableImage.test(file.mimeType)) return null;
      const bytes = await files.bytes(file, Math.min(maxImageBytes, left.imageBytes));
      if (!bytes) return null;
      left.images--;
      left.imageBytes -= bytes.length;
      return { type: "image", mimeType: file.mimeType, data: bytes.toString("base64") };
    }
    async function words(file: FileRow, name: string): Promise<string | null> {
      const text = await files.text(file, signal);
      if (text === null || text.trim() === "") return null;
      if (left.chars < minChars / 4) return `[Attached file: ${name}. It is left out, for there is no room for it.]`;
      const fitting = clip(text, Math.floor(left.chars));
      left.chars -= fitting.length;
      return `<file name="${name}">\n${fitting}\n</file>`;
    }
    async function shown(one: Attachment, media: ToolMedia[]): Promise<string> {
      const name = one.name.replace(/["<>\r\n]/g, "_");
      const file = found.get(one.fileId);
      if (!file) return `[Attached file: ${name}. It was deleted.]`;
      const image = await picture(file);
      if (image) media.push(image);
      if (file.kind === "image") return `[Attached picture: ${name}${image ? "" : ". It cannot be shown to you."}]`;
      return (
        (await words(file, name)) ?? `[Attached file: ${name}, ${file.mimeType}. It has no text that can be read.]`
      );
    }

    const filled = new Map<MessageRow, AttachedRow>();
    for (const row of carrying.toReversed()) {
      signal.throwIfAborted();
      const media: ToolMedia[] = [];
      const parts = [row.content.trim()];
      for (const one of attachmentsOf(row)) parts.push(await shown(one, media));
      const content = parts.filter((part) => part !== "").join("\n\n");
      // The stored count is of the words alone.
      filled.set(row, { ...row, content, tokenCount: null, ...(media.length > 0 ? { media } : {}) });
    }
    return rows.map((row) => filled.get(row) ?? row);
  };
}

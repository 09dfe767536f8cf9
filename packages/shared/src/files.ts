import { z } from "zod";
import { maxFileNameChars } from "./attachments.ts";
import type { Attachment, FileKind } from "./attachments.ts";
import { id } from "./ids.ts";

/** An upload as it was stored. `mimeType` and `kind` are what its bytes say, whatever it was called. */
export type StoredFile = {
  fileId: string;
  name: string;
  mimeType: string;
  kind: FileKind;
  sizeBytes: number;
  /** Of the content, in lower-case hex. */
  sha256: string;
  /** In pixels; null where the file is no picture, or does not say. */
  width: number | null;
  height: number | null;
  createdAtMs: number;
};

export function toAttachment(file: Attachment): Attachment {
  const { fileId, name, mimeType, kind, sizeBytes, width, height } = file;
  return { fileId, name, mimeType, kind, sizeBytes, width, height };
}

export const fileRef = z.object({ fileId: id });
export const listFiles = z.object({
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(300).nullish(),
  /** Part of the name, in any case. */
  search: z.string().trim().max(200).optional(),
});
export type ListFiles = z.infer<typeof listFiles>;
export type FilePage = { files: StoredFile[]; total: number; nextCursor: string | null };

/** Without `force`, a file that messages refer to stays; with it they keep its name alone. */
export const deleteFile = fileRef.extend({ force: z.boolean().default(false) });
export type DeleteFile = z.infer<typeof deleteFile>;

/**
 * The name to show for what a client called a file: its last part, without control characters and direction marks,
 * at most 200 characters. Nothing is ever stored under it.
 */
export function shownFileName(given: string | null | undefined): string {
  const last =
    (given ?? "")
      .toWellFormed()
      .normalize("NFC")
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== "") ?? "";
  // oxlint-disable-next-line no-control-regex
  const plain = last.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim();
  if (plain === "" || /^\.+$/.test(plain)) return "file";
  const chars = [...plain];
  if (chars.length <= maxFileNameChars) return clipUnits(plain);
  const ending = /\.[^.]{1,10}$/.exec(plain)?.[0] ?? "";
  return clipUnits(`${chars.slice(0, maxFileNameChars - [...ending].length).join("")}${ending}`);
}

/** Columns and schemas count UTF-16 units. */
function clipUnits(text: string): string {
  return text.length <= maxFileNameChars ? text : text.slice(0, maxFileNameChars).toWellFormed();
}

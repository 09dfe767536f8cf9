import { idText, maxIdChars } from "./id-text.ts";

/** What a file is to a model: a picture, words, a document whose words can be taken out, or bytes. */
export const fileKinds = ["image", "text", "pdf", "other"] as const;
export type FileKind = (typeof fileKinds)[number];

export const maxFileNameChars = 200;
export const maxMimeTypeChars = 200;
/** Of one message. */
export const maxAttachments = 20;

/** How a message refers to a file: enough to show it after the file itself is gone. */
export type Attachment = {
  fileId: string;
  name: string;
  mimeType: string;
  kind: FileKind;
  sizeBytes: number;
  width: number | null;
  height: number | null;
};

const isText = (value: unknown, maxChars: number) => typeof value === "string" && value.length <= maxChars;
const isCount = (value: unknown) => Number.isSafeInteger(value);

/** Without a schema library: a page reads attachments before anything else is loaded. Null for what is none. */
export function readAttachment(value: unknown): Attachment | null {
  if (typeof value !== "object" || value === null) return null;
  const { fileId, name, mimeType, kind, sizeBytes, width = null, height = null } = value as Partial<Attachment>;
  if (typeof fileId !== "string" || fileId.length > maxIdChars || !idText.test(fileId)) return null;
  if (!isText(name, maxFileNameChars) || name === "" || !isText(mimeType, maxMimeTypeChars)) return null;
  if (kind === undefined || !fileKinds.includes(kind) || !isCount(sizeBytes) || Number(sizeBytes) < 0) return null;
  if ((width !== null && !isCount(width)) || (height !== null && !isCount(height))) return null;
  return { fileId, name, mimeType, kind, sizeBytes, width, height } as Attachment;
}

/** A list that somebody else kept; nothing of it counts when one entry does not. */
export function readAttachments(value: unknown): Attachment[] {
  if (!Array.isArray(value) || value.length > maxAttachments) return [];
  const found = value.map(readAttachment);
  return found.every((one) => one !== null) ? found : [];
}

/** What a message carries in `ext.attachments`. Whatever else a client stored there is nothing. */
export function attachmentsOf(message: { ext: unknown }): Attachment[] {
  const { ext } = message;
  return typeof ext === "object" && ext !== null && "attachments" in ext ? readAttachments(ext.attachments) : [];
}

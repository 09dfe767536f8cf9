import type { FileKind } from "@chatee/shared/attachments";
import { imageSizeOf } from "./image-size.ts";

export type ContentType = { mimeType: string; kind: FileKind; width: number | null; height: number | null };

/** Enough for the header of a picture, also behind a large preview. */
const headBytes = 256 * 1024;

const bytes = (...values: number[]) => Buffer.from(values);
const text = (value: string) => Buffer.from(value, "latin1");

/** How files begin. What a name or a sender says is not asked. */
const beginnings: readonly { at: number; is: Buffer; mimeType: string; and?: { at: number; is: Buffer } }[] = [
  { at: 0, is: bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), mimeType: "image/png" },
  { at: 0, is: bytes(0xff, 0xd8, 0xff), mimeType: "image/jpeg" },
  { at: 0, is: text("GIF87a"), mimeType: "image/gif" },
  { at: 0, is: text("GIF89a"), mimeType: "image/gif" },
  { at: 0, is: text("RIFF"), and: { at: 8, is: text("WEBP") }, mimeType: "image/webp" },
  { at: 4, is: text("ftypavif"), mimeType: "image/avif" },
  { at: 0, is: text("%PDF-"), mimeType: "application/pdf" },
  { at: 0, is: text("RIFF"), and: { at: 8, is: text("WAVE") }, mimeType: "audio/wav" },
  { at: 0, is: text("ID3"), mimeType: "audio/mpeg" },
  { at: 0, is: text("OggS"), mimeType: "audio/ogg" },
  { at: 0, is: text("fLaC"), mimeType: "audio/flac" },
  { at: 4, is: text("ftyp"), mimeType: "video/mp4" },
  { at: 0, is: bytes(0x1a, 0x45, 0xdf, 0xa3), mimeType: "video/webm" },
  { at: 0, is: bytes(0x50, 0x4b, 0x03, 0x04), mimeType: "application/zip" },
  { at: 0, is: bytes(0x1f, 0x8b), mimeType: "application/gzip" },
];

/** Words that need no more than to be called by their own name; whatever a browser could run stays plain text. */
const textTypes: Record<string, string> = { md: "text/markdown", csv: "text/csv", json: "application/json" };

/** Looks at a content while it passes, and says what it is when it has ended. */
export function createInspector() {
  const head: Buffer[] = [];
  let headLeft = headBytes;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let isDecodable = true;

  function isText(chunk?: Uint8Array): boolean {
    if (!isDecodable) return false;
    try {
      if (chunk) return !decoder.decode(chunk, { stream: true }).includes("\0");
      decoder.decode();
      return true;
    } catch {
      return false;
    }
  }

  return {
    see(chunk: Uint8Array): void {
      if (headLeft > 0) {
        head.push(Buffer.from(chunk.subarray(0, headLeft)));
        headLeft -= Math.min(headLeft, chunk.length);
      }
      isDecodable = isText(chunk);
    },
    end(name: string): ContentType {
      const start = Buffer.concat(head);
      const has = ({ at, is }: { at: number; is: Buffer }) => start.subarray(at, at + is.length).equals(is);
      const known = beginnings.find((one) => has(one) && (one.and === undefined || has(one.and)));
      if (known) {
        const isImage = known.mimeType.startsWith("image/");
        const size = isImage ? imageSizeOf(known.mimeType, start) : null;
        const kind = isImage ? "image" : known.mimeType === "application/pdf" ? "pdf" : "other";
        return { mimeType: known.mimeType, kind, width: size?.width ?? null, height: size?.height ?? null };
      }
      const none = { width: null, height: null };
      if (!isText()) return { mimeType: "application/octet-stream", kind: "other", ...none };
      const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
      return { mimeType: textTypes[ending] ?? "text/plain", kind: "text", ...none };
    },
  };
}

import type { ByteRange } from "@chatee/api/files/file-storage";

/**
 * What a `Range` header asks for of `sizeBytes`: one part, or null for all of it (no header, several parts, another
 * unit, nonsense), or "none" when no byte of it exists.
 */
export function readRange(header: string | undefined, sizeBytes: number): ByteRange | "none" | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const [, from = "", to = ""] = match;
  if (from === "") {
    const length = Math.min(Number(to), sizeBytes);
    return length === 0 ? "none" : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(from);
  const end = to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (to !== "" && Number(to) < start) return null;
  return start >= sizeBytes ? "none" : { start, end };
}

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * Builds a UUIDv7 (RFC 9562 §5.7) from a clock reading and 10 random bytes. Ids of one millisecond
 * are not ordered among themselves: order by a sequence or by `(time, id)`.
 */
export function uuidv7(atMs: number, random: Uint8Array): string {
  const time = Math.floor(atMs).toString(16).padStart(12, "0").slice(-12);
  const hex = (index: number, mask = 0xff, mark = 0) => hexOf[((random[index] ?? 0) & mask) | mark] ?? "00";
  const version = hex(0, 0x0f, 0x70) + hex(1);
  const variant = hex(2, 0x3f, 0x80) + hex(3);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`;
}

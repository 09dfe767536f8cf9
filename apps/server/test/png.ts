import { crc32, deflateSync } from "node:zlib";

/** A PNG in which no pixel is like its neighbour, or one that only says how large it is. */
export function pngOf(width: number, height: number, options: { isHollow?: boolean } = {}): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits each of red, green and blue.
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(options.isHollow ? 0 : height * (1 + width * 3));
  for (let at = 0, value = 1; at < rows.length; at++) {
    value = (value * 48_271) % 2_147_483_647;
    rows[at] = at % (1 + width * 3) === 0 ? 0 : value;
  }
  const parts = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])];
  for (const [name, data] of [
    ["IHDR", header],
    ["IDAT", deflateSync(rows)],
    ["IEND", Buffer.alloc(0)],
  ] as const) {
    const chunk = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(chunk), 4);
    parts.push(ends.subarray(0, 4), chunk, ends.subarray(4));
  }
  return Buffer.concat(parts);
}

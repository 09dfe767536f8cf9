export type ImageSize = { width: number; height: number };

const maxSide = 1_000_000;

/** The size in pixels that a picture's header tells; null where it does not, or lies beyond reason. */
export function imageSizeOf(mimeType: string, head: Buffer): ImageSize | null {
  const size = read(mimeType, head);
  const isSane = size && [size.width, size.height].every((side) => side > 0 && side <= maxSide);
  return isSane ? size : null;
}

function read(mimeType: string, head: Buffer): ImageSize | null {
  switch (mimeType) {
    case "image/png":
      return head.length < 24 ? null : { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
    case "image/gif":
      return head.length < 10 ? null : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
    case "image/webp":
      return webp(head);
    case "image/jpeg":
      return jpeg(head);
    default:
      return null;
  }
}

function webp(head: Buffer): ImageSize | null {
  if (head.length < 30) return null;
  const form = head.toString("latin1", 12, 16);
  if (form === "VP8X") return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
  if (form === "VP8 ") return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
  if (form !== "VP8L") return null;
  const bits = head.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** Walks the segments to the frame header, which may lie behind a preview and a colour profile. */
function jpeg(head: Buffer): ImageSize | null {
  for (let at = 2; at + 9 < head.length;) {
    if (head[at] !== 0xff) return null;
    const marker = head[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: head.readUInt16BE(at + 5), width: head.readUInt16BE(at + 7) };
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isBare ? 2 : 2 + head.readUInt16BE(at + 2);
  }
  return null;
}

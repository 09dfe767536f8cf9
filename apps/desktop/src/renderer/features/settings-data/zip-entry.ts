/** Of the directory at a zip's end: more entries, or a longer comment, and the file is refused. */
const maxDirectoryBytes = 32 * 1024 * 1024;
const endBytes = 22;
const maxCommentBytes = 65_535;
const [endMark, entryMark] = [0x06054b50, 0x02014b50];

export function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b;
}

/**
 * The entries of a zip whose name fits, one after the other and inflated as they are read; nothing is held in memory.
 * Null when the file has no readable directory.
 */
export async function zipEntries(file: Blob, fits: (name: string) => boolean) {
  const tailFrom = Math.max(0, file.size - endBytes - maxCommentBytes);
  const tail = await viewOf(file, tailFrom, file.size);
  let at = tail.byteLength - endBytes;
  while (at >= 0 && tail.getUint32(at, true) !== endMark) at--;
  if (at < 0) return null;
  const [size, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (size > maxDirectoryBytes || from + size > file.size) return null;
  const directory = await viewOf(file, from, from + size);
  const found: { name: string; open: () => Promise<ReadableStream<Uint8Array>> }[] = [];
  for (let entry = 0; entry + 46 <= size && directory.getUint32(entry, true) === entryMark;) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      directory.getUint16(entry + offset, true),
    );
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, entry + 46, nameLength));
    const method = directory.getUint16(entry + 10, true);
    const packed = directory.getUint32(entry + 20, true);
    const local = directory.getUint32(entry + 42, true);
    if (fits(name) && (method === 0 || method === 8))
      found.push({ name, open: () => openEntry(file, { local, packed, isDeflated: method === 8 }) });
    entry += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

async function viewOf(file: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await file.slice(from, to).arrayBuffer());
}

async function openEntry(
  file: Blob,
  { local, packed, isDeflated }: { local: number; packed: number; isDeflated: boolean },
): Promise<ReadableStream<Uint8Array>> {
  const head = await viewOf(file, local, local + 30);
  const from = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const stream = file.slice(from, from + packed).stream();
  return isDeflated ? stream.pipeThrough(new DecompressionStream("deflate-raw")) : stream;
}

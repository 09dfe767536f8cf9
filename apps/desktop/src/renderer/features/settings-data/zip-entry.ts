/** Of the directory at a zip's end: more entries, or a longer comment, and the file is refused. */
const maxDirectoryBytes = 32 * 1024 * 1024;
const endBytes = 22;
const maxCommentBytes = 65_535;
const [endMark, entryMark] = [0x06054b50, 0x02014b50];
/** Of archives beyond 4 GiB (zip64): where the larger numbers are, and that they are elsewhere. */
const [locatorMark, locatorBytes, largeEndBytes, elsewhere] = [0x07064b50, 20, 56, 0xffff_ffff];
const largeFieldId = 1;

export type ZipEntry = {
  name: string;
  /** Inflated as it is read. */
  open: () => Promise<ReadableStream<Uint8Array>>;
  /** The content as a part of the file, where it is stored as it is; nothing is read for it. */
  stored: () => Promise<Blob | null>;
};

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
  const { size, from } = await directoryOf(file, tail, at);
  if (size > maxDirectoryBytes || from + size > file.size) return null;
  const directory = await viewOf(file, from, from + size);
  const found: ZipEntry[] = [];
  for (let entry = 0; entry + 46 <= size && directory.getUint32(entry, true) === entryMark;) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      directory.getUint16(entry + offset, true),
    );
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, entry + 46, nameLength));
    const method = directory.getUint16(entry + 10, true);
    const place = placeOf(directory, entry, { from: entry + 46 + (nameLength ?? 0), length: extraLength ?? 0 });
    if (fits(name) && (method === 0 || method === 8)) {
      const content = () => contentOf(file, place);
      found.push({
        name,
        open: async () => {
          const stream = (await content()).stream();
          return method === 8 ? stream.pipeThrough(new DecompressionStream("deflate-raw")) : stream;
        },
        stored: async () => (method === 0 ? await content() : null),
      });
    }
    entry += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

async function viewOf(file: Blob, from: number, to: number): Promise<DataView> {
  return new DataView(await file.slice(from, to).arrayBuffer());
}

/** Where the directory lies and how long it is. */
async function directoryOf(file: Blob, tail: DataView, at: number): Promise<{ size: number; from: number }> {
  const [size, from] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  const locator = at - locatorBytes;
  if ((size !== elsewhere && from !== elsewhere) || locator < 0) return { size, from };
  if (tail.getUint32(locator, true) !== locatorMark) return { size, from };
  const largeFrom = Number(tail.getBigUint64(locator + 8, true));
  if (largeFrom + largeEndBytes > file.size) return { size, from };
  const large = await viewOf(file, largeFrom, largeFrom + largeEndBytes);
  return { size: Number(large.getBigUint64(40, true)), from: Number(large.getBigUint64(48, true)) };
}

type Place = { local: number; packed: number };

/** Where an entry's content lies. What is too large for its field stands in an extra one, in the fields' order. */
function placeOf(directory: DataView, entry: number, extra: { from: number; length: number }): Place {
  const [packed, unpacked, local] = [20, 24, 42].map((offset) => directory.getUint32(entry + offset, true));
  const place = { packed: packed ?? 0, local: local ?? 0 };
  if (![packed, unpacked, local].includes(elsewhere)) return place;
  const end = Math.min(extra.from + extra.length, directory.byteLength);
  for (let at = extra.from; at + 4 <= end;) {
    const length = directory.getUint16(at + 2, true);
    let next = at + 4;
    const take = () => {
      next += 8;
      return next <= Math.min(end, at + 4 + length) ? Number(directory.getBigUint64(next - 8, true)) : 0;
    };
    if (directory.getUint16(at, true) === largeFieldId) {
      if (unpacked === elsewhere) take();
      if (packed === elsewhere) place.packed = take();
      if (local === elsewhere) place.local = take();
      return place;
    }
    at += 4 + length;
  }
  return place;
}

async function contentOf(file: Blob, { local, packed }: Place): Promise<Blob> {
  const head = await viewOf(file, local, local + 30);
  const from = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  return file.slice(from, from + packed);
}

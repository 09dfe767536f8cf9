import { createArchiveSplitter } from "@chatee/shared/archive-items";
import type { ArchiveItem } from "@chatee/shared/archive-items";
import { readArchivedFileName } from "@chatee/shared/archive-files";
import { maxConversationChars } from "@chatee/shared/archive";
import { isZip, zipEntries } from "./zip-entry.ts";

/** `conversations.json`, and the numbered parts of larger exports, in whatever folder of the archive. */
const fits = (name: string): boolean => /(^|\/)conversations(-\d+)?\.json$/.test(name);
/** Of one file in a zip, unpacked: a small one that unpacks to more was made to fill memory. */
const maxUnpackedBytes = 4 * 1024 ** 3;

/** The file is no archive, or breaks off. */
export class UnreadableArchive extends Error {
  override readonly name = "UnreadableArchive";
}

/**
 * The conversations of a file, one at a time. It is read as it goes, and stays on this computer.
 *
 * @throws UnreadableArchive at the place where it cannot be read; what came before has been given out.
 */
export async function* readArchive(file: Blob, signal: AbortSignal): AsyncGenerator<ArchiveItem> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const entries = isZip(head) ? await zipEntries(file, fits) : [{ open: async () => file.stream() }];
  if (!entries || entries.length === 0) throw new UnreadableArchive();
  for (const entry of entries) yield* itemsOf(await entry.open(), signal);
}

/** The uploaded files in an archive of chatee, each as a part of it: nothing is read yet. */
export async function* filesOf(archive: Blob): AsyncGenerator<{ fileId: string; file: File }> {
  if (!isZip(new Uint8Array(await archive.slice(0, 4).arrayBuffer()))) return;
  for (const { name: entry, stored } of (await zipEntries(archive, (name) => name.startsWith("files/"))) ?? []) {
    const named = readArchivedFileName(entry);
    const content = named && (await stored());
    if (named && content) yield { fileId: named.fileId, file: new File([content], named.name) };
  }
}

async function* itemsOf(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<ArchiveItem> {
  const splitter = createArchiveSplitter(maxConversationChars);
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let bytes = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { value, done } = await reader.read().catch((error: unknown) => {
        throw new UnreadableArchive("", { cause: error });
      });
      if (done) break;
      bytes += value.byteLength;
      if (bytes > maxUnpackedBytes) throw new UnreadableArchive();
      yield* splitter.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (!splitter.ended()) throw new UnreadableArchive();
}

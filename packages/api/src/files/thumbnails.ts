import type { FileRow } from "@chatee/db/files.store";
import { DomainError } from "@chatee/shared/failure";
import type { Environment } from "../environment.ts";
import type { FileStorage } from "./file-storage.ts";
import { bytesOf } from "./file-text.ts";

/** A small WebP of a picture, its longer side 512 pixels at most. Ends by itself in bounded time, or rejects. */
export type MakeThumbnail = (picture: Uint8Array) => Promise<Uint8Array>;

/** Of a picture that is made small. */
const maxPictureBytes = 64 * 1024 * 1024;
/** Larger is no small picture. */
const maxBytes = 2 * 1024 * 1024;
/** Pictures that turned out to be none, and are not tried again before the next start. */
const maxBroken = 1_000;
const prefix = "small-";

/** Under which id a file's small picture is in the storage. */
const thumbnailOf = (fileId: string) => `${prefix}${fileId}`;
/** The file that a content in the storage belongs to. */
export const ownerOfContent = (id: string) => (id.startsWith(prefix) ? id.slice(prefix.length) : id);

/** Small pictures: made when somebody first looks, one at a time, and kept beside the files. */
export function createThumbnails(deps: { storage: FileStorage; make: MakeThumbnail | null; log: Environment["log"] }) {
  const { storage, make, log } = deps;
  const making = new Map<string, Promise<Buffer>>();
  const broken = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  async function madeOf(file: FileRow): Promise<Buffer> {
    const none = new DomainError({ code: "file.no_thumbnail", fileId: file.fileId });
    if (!make || file.kind !== "image" || file.sizeBytes > maxPictureBytes || broken.has(file.fileId)) throw none;
    try {
      const small = await make(await bytesOf(storage, file));
      const incoming = await storage.take([small], maxBytes);
      await incoming.keep(thumbnailOf(file.fileId));
      return Buffer.from(small);
    } catch (error) {
      log.warn({ error, fileId: file.fileId }, "a picture could not be made small");
      broken.add(file.fileId);
      for (const oldest of broken) if (broken.size > maxBroken) broken.delete(oldest);
      throw none;
    }
  }

  /** Whoever asks meanwhile waits for the same one; large pictures are in memory one after the other. */
  function makeOnce(file: FileRow): Promise<Buffer> {
    const known = making.get(file.fileId);
    if (known) return known;
    const mine = last.then(() => madeOf(file)).finally(() => making.delete(file.fileId));
    last = mine.catch(() => {});
    making.set(file.fileId, mine);
    return mine;
  }

  return {
    /** A WebP. @throws DomainError `file.no_thumbnail` */
    async of(file: FileRow): Promise<Buffer> {
      const id = thumbnailOf(file.fileId);
      if (!(await storage.has(id))) return await makeOnce(file);
      return Buffer.concat(await Array.fromAsync(storage.read(id)));
    },
    /** Harmless when there is none. */
    remove: (fileId: string): Promise<void> => storage.remove(thumbnailOf(fileId)),
  };
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@chatee/shared/failure";
import type { FileStorage } from "./file-storage.ts";

const ownId = /^[A-Za-z0-9-]{8,100}$/;
const incomingFolder = "incoming";
const drawer = /^[A-Za-z0-9-]{2}$/;

/**
 * Files in a folder, readable by its owner alone: `<last two characters of the id>/<id>`, and `incoming/` for what is
 * on its way. A content is written there, brought to the disk and then renamed, so a crash leaves it whole or leaves
 * what `tidy` throws away. Several processes may share the folder.
 */
export function createFolderStorage(folder: string, newId: () => string): FileStorage {
  const placeOf = (fileId: string) => {
    if (!ownId.test(fileId)) throw new TypeError("not an id of a file");
    return join(folder, fileId.slice(-2), fileId);
  };
  const ensure = (path: string) => mkdir(path, { recursive: true, mode: 0o700 });

  return {
    async take(content, maxBytes) {
      const path = join(folder, incomingFolder, newId());
      await ensure(join(folder, incomingFolder));
      const discard = () => rm(path, { force: true });
      try {
        return { ...(await write(path, content, maxBytes)), discard, keep };
      } catch (error) {
        await discard();
        throw error;
      }
      async function keep(fileId: string): Promise<void> {
        const place = placeOf(fileId);
        await ensure(join(place, ".."));
        await rename(path, place);
        await syncFolder(join(place, ".."));
      }
    },
    has: (fileId) =>
      access(placeOf(fileId)).then(
        () => true,
        () => false,
      ),
    read: (fileId, range) => createReadStream(placeOf(fileId), { ...range, highWaterMark: 256 * 1024 }),
    remove: (fileId) => rm(placeOf(fileId), { force: true }),
    async *older(beforeMs) {
      for (const name of await namesIn(folder)) {
        if (!drawer.test(name)) continue;
        const ids: string[] = [];
        for (const fileId of await namesIn(join(folder, name)))
          if (ownId.test(fileId) && (await isOlder(join(folder, name, fileId), beforeMs))) ids.push(fileId);
        if (ids.length > 0) yield ids;
      }
    },
    async tidy(beforeMs) {
      for (const name of await namesIn(join(folder, incomingFolder))) {
        const path = join(folder, incomingFolder, name);
        if (await isOlder(path, beforeMs)) await rm(path, { force: true });
      }
    },
  };
}

async function write(path: string, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, maxBytes: number) {
  await using file: FileHandle = await open(path, "wx", 0o600);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new DomainError({ code: "input.too_large", maxBytes });
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  await file.datasync();
  return { sizeBytes, sha256: hash.digest("hex") };
}

/** A rename is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  // Windows has no such thing, and needs none.
  if (process.platform === "win32") return;
  await using handle = await open(path, "r");
  await handle.sync();
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** False also when it is gone meanwhile. */
async function isOlder(path: string, beforeMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true && found.mtimeMs < beforeMs;
}

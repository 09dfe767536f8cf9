import type { FileRow, FileStore } from "@chatee/db/files.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import { DomainError } from "@chatee/shared/failure";
import { shownFileName } from "@chatee/shared/files";
import type { DeleteFile, FilePage, ListFiles, StoredFile } from "@chatee/shared/files";
import type { Environment } from "../environment.ts";
import { createInspector } from "./content-type.ts";
import type { ByteRange, FileStorage } from "./file-storage.ts";
import { bytesOf, createFileText } from "./file-text.ts";
import type { ReadPdf } from "./file-text.ts";
import { createThumbnails, ownerOfContent } from "./thumbnails.ts";
import type { MakeThumbnail } from "./thumbnails.ts";

export type FileServiceDeps = {
  store: FileStore;
  storage: FileStorage;
  /** Takes words out of PDFs; null where nobody can. */
  readPdf: ReadPdf | null;
  /** Makes pictures small; null where nobody can. */
  makeThumbnail: MakeThumbnail | null;
  /** Of one file. */
  maxBytes: number;
  environment: Environment;
};

export type FileService = ReturnType<typeof createFileService>;

/** References that a refusal names. */
const shownUses = 20;
/** An upload may take hours; what is older than this and belongs to no file is what a crash left. */
const strayAfterMs = 6 * 3_600_000;

export function createFileService(deps: FileServiceDeps) {
  const { store, storage, environment, maxBytes } = deps;
  const thumbnails = createThumbnails({ storage, make: deps.makeThumbnail, log: environment.log });
  const text = createFileText({ storage, readPdf: deps.readPdf, log: environment.log });

  async function find(ownerId: string, fileId: string): Promise<FileRow> {
    const row = await store.find(ownerId, fileId);
    if (!row) throw new DomainError({ code: "file.not_found", fileId });
    return row;
  }

  return {
    maxBytes,
    async list(ownerId: string, input: ListFiles): Promise<FilePage> {
      const after = input.cursor == null ? null : fromCursor(input.cursor);
      const [rows, total] = await Promise.all([
        store.list(ownerId, { limit: input.limit + 1, after, search: input.search }),
        store.count(ownerId, input.search),
      ]);
      const page = rows.slice(0, input.limit);
      const last = page.at(-1);
      return { files: page.map(toFile), total, nextCursor: rows.length > input.limit && last ? toCursor(last) : null };
    },
    get: async (ownerId: string, fileId: string): Promise<StoredFile> => toFile(await find(ownerId, fileId)),

    /**
     * Takes a file in as it streams. What the owner has already stays one file, under the name it was first given.
     * When `content` fails, or is too large, nothing of it stays.
     *
     * @throws DomainError `input.too_large`
     */
    async upload(
      ownerId: string,
      upload: { name: string | null; content: AsyncIterable<Uint8Array> },
    ): Promise<StoredFile> {
      const inspector = createInspector();
      async function* inspected() {
        for await (const chunk of upload.content) {
          inspector.see(chunk);
          yield chunk;
        }
      }
      const incoming = await storage.take(inspected(), maxBytes);
      try {
        const { sizeBytes, sha256 } = incoming;
        const known = await store.findContent(ownerId, sha256);
        if (known) return await again(known);
        const name = shownFileName(upload.name);
        const atMs = environment.now();
        const file = {
          fileId: environment.newId(),
          name,
          ...inspector.end(name),
          sizeBytes,
          sha256,
          createdAtMs: atMs,
          lastUsedAtMs: atMs,
        };
        await incoming.keep(file.fileId);
        if (await unlessTaken(store.insert(ownerId, file))) return toFile({ ...file, ownerId });
        await storage.remove(file.fileId);
        const other = await store.findContent(ownerId, sha256);
        if (!other) throw new DomainError({ code: "file.not_found", fileId: file.fileId });
        return toFile(other);
      } finally {
        await incoming.discard();
      }
      /** Heals a row whose bytes were lost. */
      async function again(known: FileRow): Promise<StoredFile> {
        if (!(await storage.has(known.fileId))) await incoming.keep(known.fileId);
        return toFile(known);
      }
    },

    /** The bytes, or some of them. @throws DomainError `file.not_found`, also when only the bytes are gone. */
    async open(
      ownerId: string,
      fileId: string,
    ): Promise<{
      file: StoredFile;
      read: (range?: ByteRange) => AsyncIterable<Uint8Array>;
    }> {
      const row = await find(ownerId, fileId);
      if (!(await storage.has(fileId))) throw new DomainError({ code: "file.not_found", fileId });
      return { file: toFile(row), read: (range) => storage.read(fileId, range) };
    },

    /** A small WebP of a picture. @throws DomainError `file.not_found`, `file.no_thumbnail` */
    thumbnail: async (ownerId: string, fileId: string): Promise<Buffer> =>
      await thumbnails.of(await find(ownerId, fileId)),

    /** @throws DomainError `file.not_found`; `file.in_use` while messages refer to it, unless forced. */
    async remove(ownerId: string, { fileId, force }: DeleteFile): Promise<void> {
      const isRemoved = await (force ? store.remove(ownerId, fileId) : store.removeUnused(ownerId, fileId));
      if (!isRemoved) {
        await find(ownerId, fileId);
        throw new DomainError({ code: "file.in_use", fileId, uses: await store.uses(ownerId, fileId, shownUses) });
      }
      await Promise.all([storage.remove(fileId), thumbnails.remove(fileId)]).catch((error: unknown) => {
        environment.log.warn({ error, fileId }, "a file's bytes could not be removed; upkeep tries again");
      });
    },

    /** In the order asked for. @throws DomainError `file.not_found` for the first that is not the owner's. */
    async require(ownerId: string, fileIds: readonly string[]): Promise<FileRow[]> {
      const rows = await store.findMany(ownerId, [...fileIds]);
      return [...new Set(fileIds)].map((fileId) => {
        const row = rows.find((one) => one.fileId === fileId);
        if (!row) throw new DomainError({ code: "file.not_found", fileId });
        return row;
      });
    },
    /** Those of these that are the owner's. */
    findMany: store.findMany,
    /** Its words, for a model; null when it has none that can be read. */
    text,
    /** All of it; null when it is larger than `most`, or gone. */
    async bytes(file: FileRow, most: number): Promise<Buffer | null> {
      if (file.sizeBytes > most) return null;
      return await bytesOf(storage, file).catch(() => null);
    },

    /** Throws away what crashes left behind: half uploads, and bytes that no row knows. */
    async tidy(signal: AbortSignal): Promise<void> {
      const beforeMs = environment.now() - strayAfterMs;
      await storage.tidy(beforeMs);
      for await (const fileIds of storage.older(beforeMs)) {
        if (signal.aborted) return;
        const known = await store.known([...new Set(fileIds.map(ownerOfContent))]);
        for (const fileId of fileIds) if (!known.has(ownerOfContent(fileId))) await storage.remove(fileId);
      }
    },
  };
}

function toFile({ ownerId: _owner, lastUsedAtMs: _used, ...file }: FileRow): StoredFile {
  return file as StoredFile;
}

function toCursor({ createdAtMs, fileId }: FileRow): string {
  return `f${createdAtMs.toString(36)}.${fileId}`;
}

function fromCursor(cursor: string): { atMs: number; id: string } {
  const match = /^f([0-9a-z]{1,11})\.([A-Za-z0-9._:-]{1,100})$/.exec(cursor);
  const atMs = Number.parseInt(match?.[1] ?? "", 36);
  if (!match || !Number.isSafeInteger(atMs)) throw new DomainError({ code: "cursor.invalid" });
  return { atMs, id: match[2] ?? "" };
}

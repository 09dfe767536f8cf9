import { and, count, desc, eq, exists, inArray, not, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { olderThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type FileRow = Tables["files"]["$inferSelect"];
export type NewFile = Omit<FileRow, "ownerId">;
/** Where a file is shown. */
export type FileUse = { messageId: string; sessionId: string; sessionTitle: string };

export type FileStore = ReturnType<typeof createFileStore>;

export function createFileStore(db: Database) {
  const { files: t, messageFiles: uses, sessions } = db.tables;
  const owned = (ownerId: string, fileId: string) => and(eq(t.fileId, fileId), eq(t.ownerId, ownerId));
  const matching = (ownerId: string, search: string | undefined) =>
    and(
      eq(t.ownerId, ownerId),
      search === undefined || search === "" ? undefined : sql`instr(lower(${t.name}), ${search.toLowerCase()}) > 0`,
    );
  const usesOf = (fileId: string) =>
    db.read
      .select({ one: sql`1` })
      .from(uses)
      .where(eq(uses.fileId, fileId));

  return {
    /** Newest first; a page goes on after `{atMs: createdAtMs, id: fileId}`. `search` is a part of the name. */
    async list(ownerId: string, page: Page & { search?: string | undefined }): Promise<FileRow[]> {
      return await db.read
        .select()
        .from(t)
        .where(and(matching(ownerId, page.search), olderThan(t.createdAtMs, t.fileId, page.after)))
        .orderBy(desc(t.createdAtMs), desc(t.fileId))
        .limit(page.limit);
    },
    async count(ownerId: string, search?: string): Promise<number> {
      const [row] = await db.read.select({ total: count() }).from(t).where(matching(ownerId, search));
      return row?.total ?? 0;
    },
    async find(ownerId: string, fileId: string): Promise<FileRow | undefined> {
      const [row] = await db.read.select().from(t).where(owned(ownerId, fileId)).limit(1);
      return row;
    },
    async findMany(ownerId: string, fileIds: string[]): Promise<FileRow[]> {
      if (fileIds.length === 0) return [];
      return await db.read
        .select()
        .from(t)
        .where(and(inArray(t.fileId, fileIds), eq(t.ownerId, ownerId)));
    },
    async findContent(ownerId: string, sha256: string): Promise<FileRow | undefined> {
      const [row] = await db.read
        .select()
        .from(t)
        .where(and(eq(t.ownerId, ownerId), eq(t.sha256, sha256)))
        .limit(1);
      return row;
    },
    /** Which of these ids are files of anybody: the rest is what a crash left in the storage. */
    async known(fileIds: string[]): Promise<Set<string>> {
      if (fileIds.length === 0) return new Set();
      const rows = await db.read.select({ fileId: t.fileId }).from(t).where(inArray(t.fileId, fileIds));
      return new Set(rows.map((row) => row.fileId));
    },
    /** Content that the owner has already is a unique violation. */
    async insert(ownerId: string, file: NewFile): Promise<void> {
      await db.write(insert(t, { ...file, ownerId }));
    },
    /** A message refers to these files. Refused when one of them is gone, or not the owner's. */
    refer(ownerId: string, at: { messageId: string; sessionId: string; atMs: number }, fileIds: string[]): Statement[] {
      const { messageId, sessionId, atMs } = at;
      if (fileIds.length === 0) return [];
      return [
        // Always in the same order, so that two writers do not wait for each other.
        ...fileIds.toSorted().map((fileId) => must(update(t, { lastUsedAtMs: atMs }, owned(ownerId, fileId)))),
        insert(
          uses,
          fileIds.map((fileId) => ({ messageId, fileId, sessionId, ownerId })),
        ),
      ];
    },
    /** The message refers to nothing any more. */
    unrefer: (ownerId: string, messageId: string): Statement =>
      remove(uses, and(eq(uses.messageId, messageId), eq(uses.ownerId, ownerId))),
    /** Up to `limit` messages that refer to it. */
    async uses(ownerId: string, fileId: string, limit: number): Promise<FileUse[]> {
      return await db.read
        .select({ messageId: uses.messageId, sessionId: uses.sessionId, sessionTitle: sessions.title })
        .from(uses)
        .innerJoin(sessions, eq(sessions.sessionId, uses.sessionId))
        .where(and(eq(uses.fileId, fileId), eq(uses.ownerId, ownerId)))
        .orderBy(desc(uses.messageId))
        .limit(limit);
    },
    /** False when it is not there, or a message refers to it. */
    async removeUnused(ownerId: string, fileId: string): Promise<boolean> {
      const [touched] = await db.write(remove(t, and(owned(ownerId, fileId), not(exists(usesOf(fileId))))));
      return touched === 1;
    },
    /** With its references. False when it is not there. */
    async remove(ownerId: string, fileId: string): Promise<boolean> {
      const [touched] = await db.write(
        remove(t, owned(ownerId, fileId)),
        remove(uses, and(eq(uses.fileId, fileId), eq(uses.ownerId, ownerId))),
      );
      return touched === 1;
    },
  };
}

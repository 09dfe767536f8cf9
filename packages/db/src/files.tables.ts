import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * files: what was uploaded; the bytes are in the storage under `fileId`. An owner has the same content once.
 * `lastUsedAtMs` is written with every new reference: whoever removes the row and whoever refers to it meet there.
 *
 * message_files: which messages refer to which files.
 */
export function fileTables(kit: Kit) {
  const files = kit.table(
    "files",
    {
      fileId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      mimeType: kit.label(200).notNull(),
      kind: kit.id().notNull(),
      sizeBytes: kit.count().notNull(),
      sha256: kit.id().notNull(),
      width: kit.count(),
      height: kit.count(),
      createdAtMs: kit.instantMs().notNull(),
      lastUsedAtMs: kit.instantMs().notNull(),
    },
    (t) => [
      kit.uniqueIndex("files_owner_content").on(t.ownerId, t.sha256),
      kit.index("files_owner_created").on(t.ownerId, t.createdAtMs, t.fileId),
    ],
  );
  const messageFiles = kit.table(
    "message_files",
    {
      messageId: kit.id().notNull(),
      fileId: kit.id().notNull(),
      sessionId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
    },
    (t) => [
      kit.primaryKey({ columns: [t.messageId, t.fileId] }),
      kit.index("message_files_file").on(t.fileId),
      kit.index("message_files_session").on(t.sessionId),
    ],
  );
  return { files, messageFiles };
}

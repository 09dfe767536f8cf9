import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * access_tokens: who may come in. Only the SHA-256 of a token is kept. A token is live until
 * `expiresAtMs` (null: for ever); it is revoked by removing the row.
 *
 * settings: one JSON value per (owner, key).
 *
 * audit_log: who revealed or exported a secret, and when. Rows are never changed.
 */
export function accessTables(kit: Kit) {
  const accessTokens = kit.table(
    "access_tokens",
    {
      tokenId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      tokenHash: kit.id().notNull(),
      createdAtMs: kit.instantMs().notNull(),
      lastUsedAtMs: kit.instantMs(),
      expiresAtMs: kit.instantMs(),
    },
    (t) => [kit.uniqueIndex("access_tokens_hash").on(t.tokenHash)],
  );
  const settings = kit.table(
    "settings",
    {
      ownerId: kit.id().notNull(),
      settingKey: kit.id().notNull(),
      value: kit.freeJson(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.primaryKey({ columns: [t.ownerId, t.settingKey] })],
  );
  const auditLog = kit.table(
    "audit_log",
    {
      auditId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      action: kit.id().notNull(),
      subjectId: kit.id().notNull(),
      atMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("audit_log_owner_at").on(t.ownerId, t.atMs)],
  );
  return { accessTokens, settings, auditLog };
}

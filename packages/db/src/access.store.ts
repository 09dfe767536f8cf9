import { and, asc, desc, eq, gt, gte, isNull, lt, lte, or, sql } from "drizzle-orm";
import type { Json } from "@chatee/shared/json";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Database } from "./database.ts";
import { olderThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { insert, must, NothingTouched, remove, update, upsert } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type AccessTokenRow = Tables["accessTokens"]["$inferSelect"];
export type NewAccessToken = Omit<Tables["accessTokens"]["$inferInsert"], "ownerId">;
export type AuditRow = Tables["auditLog"]["$inferSelect"];
export type NewAuditEntry = Omit<AuditRow, "ownerId">;

export type AccessStore = ReturnType<typeof createAccessStore>;

const maxRemembered = 1_000;

/** Who may come in, what they set, and what they did that must be remembered. */
export function createAccessStore(db: Database) {
  const { accessTokens, settings, auditLog } = db.tables;
  const ownedSetting = (ownerId: string, settingKey: string) =>
    and(eq(settings.ownerId, ownerId), eq(settings.settingKey, settingKey));

  // Asked for every request: compiled once, and not asked again while nothing was written.
  const liveToken = db.prepareRead(
    db.read
      .select()
      .from(accessTokens)
      .where(
        and(
          eq(accessTokens.tokenHash, sql.placeholder("tokenHash")),
          or(isNull(accessTokens.expiresAtMs), gt(accessTokens.expiresAtMs, sql.placeholder("atMs"))),
        ),
      )
      .limit(1),
  );

  let known = new Map<string, AccessTokenRow>();
  let knownAt: number | null = null;
  /** Null when nothing may be remembered. */
  function remembered(): Map<string, AccessTokenRow> | null {
    const version = db.version();
    if (version !== knownAt || known.size >= maxRemembered) known = new Map();
    knownAt = version;
    return version === null ? null : known;
  }

  /** For the write that does what is being remembered: both happen or neither. */
  function auditEntry(ownerId: string, entry: NewAuditEntry): Statement {
    return insert(auditLog, { ...entry, ownerId });
  }

  return {
    /** The token with this hash, unless it ran out by `atMs`. The caller has no owner yet: this is the door. */
    findLiveToken(tokenHash: string, atMs: number): MaybePromise<AccessTokenRow | undefined> {
      // What a write outdates while we read goes into a map that is no longer looked at.
      const memory = remembered();
      const found = memory?.get(tokenHash);
      if (found && (found.expiresAtMs === null || found.expiresAtMs > atMs)) return found;
      return whenHere(liveToken({ tokenHash, atMs }), ([row]) => {
        if (row) memory?.set(tokenHash, row);
        return row;
      });
    },
    async findToken(ownerId: string, tokenId: string): Promise<AccessTokenRow | undefined> {
      const where = and(eq(accessTokens.tokenId, tokenId), eq(accessTokens.ownerId, ownerId));
      const [row] = await db.read.select().from(accessTokens).where(where).limit(1);
      return row;
    },
    /** Remembers the use, and moves the end when one is given; an unknown token is no error. A power loss may forget it. */
    async touchToken(tokenId: string, atMs: number, expiresAtMs?: number): Promise<void> {
      const change = { lastUsedAtMs: atMs, ...(expiresAtMs !== undefined && { expiresAtMs }) };
      await db.writeRelaxed(update(accessTokens, change, eq(accessTokens.tokenId, tokenId)));
    },
    /** Writes `also` with it. A token or hash that is known already is a unique violation. */
    async insertToken(ownerId: string, token: NewAccessToken, ...also: Statement[]): Promise<void> {
      await db.write(insert(accessTokens, { ...token, ownerId }), ...also);
    },
    /** A token that lives only as long as its issuer; false when that one is gone. */
    async insertTokenOf(ownerId: string, issuerId: string, token: NewAccessToken): Promise<boolean> {
      const isIssuer = and(eq(accessTokens.tokenId, issuerId), eq(accessTokens.ownerId, ownerId));
      try {
        await db.write(
          must(update(accessTokens, { lastUsedAtMs: token.createdAtMs }, isIssuer)),
          insert(accessTokens, { ...token, ownerId }),
        );
        return true;
      } catch (error) {
        if (error instanceof NothingTouched) return false;
        throw error;
      }
    },
    /** The token and every other one whose id begins with `prefix`; how many there were. Writes `also` if there was one. */
    async removeTokenWith(ownerId: string, tokenId: string, prefix: string, ...also: Statement[]): Promise<number> {
      const isIssued = and(gte(accessTokens.tokenId, prefix), lt(accessTokens.tokenId, `${prefix}~`));
      const where = and(eq(accessTokens.ownerId, ownerId), or(eq(accessTokens.tokenId, tokenId), isIssued));
      try {
        const [touched] = await db.write(must(remove(accessTokens, where)), ...also);
        return touched ?? 0;
      } catch (error) {
        if (error instanceof NothingTouched) return 0;
        throw error;
      }
    },
    /** Oldest first, expired ones included; at most 1,000. */
    async listTokens(ownerId: string): Promise<AccessTokenRow[]> {
      const rows = db.read.select().from(accessTokens).where(eq(accessTokens.ownerId, ownerId));
      return await rows.orderBy(asc(accessTokens.createdAtMs), asc(accessTokens.tokenId)).limit(1000);
    },
    async removeToken(ownerId: string, tokenId: string): Promise<boolean> {
      const where = and(eq(accessTokens.tokenId, tokenId), eq(accessTokens.ownerId, ownerId));
      const [touched] = await db.write(remove(accessTokens, where));
      return touched === 1;
    },
    /** Housekeeping: how many had run out by `atMs`. */
    async removeExpiredTokens(atMs: number): Promise<number> {
      const [touched] = await db.write(remove(accessTokens, lte(accessTokens.expiresAtMs, atMs)));
      return touched ?? 0;
    },

    /** Undefined when it was never set; null when it was set to null. */
    async getSetting(ownerId: string, settingKey: string): Promise<Json | undefined> {
      const [row] = await db.read
        .select({ value: settings.value })
        .from(settings)
        .where(ownedSetting(ownerId, settingKey))
        .limit(1);
      return row?.value;
    },
    async listSettings(ownerId: string): Promise<Record<string, Json>> {
      const rows = await db.read
        .select()
        .from(settings)
        .where(eq(settings.ownerId, ownerId))
        .orderBy(asc(settings.settingKey));
      return Object.fromEntries(rows.map(({ settingKey, value }) => [settingKey, value]));
    },
    async setSetting(ownerId: string, settingKey: string, value: Json, atMs: number): Promise<void> {
      await db.write(upsert(settings, { ownerId, settingKey, value, updatedAtMs: atMs }, { value, updatedAtMs: atMs }));
    },
    async removeSetting(ownerId: string, settingKey: string): Promise<boolean> {
      const [touched] = await db.write(remove(settings, ownedSetting(ownerId, settingKey)));
      return touched === 1;
    },

    auditEntry,
    async appendAudit(ownerId: string, entry: NewAuditEntry): Promise<void> {
      await db.write(auditEntry(ownerId, entry));
    },
    /** Newest first; a page goes on after `{atMs, id: auditId}`. */
    async listAudit(ownerId: string, page: Page): Promise<AuditRow[]> {
      const where = and(eq(auditLog.ownerId, ownerId), olderThan(auditLog.atMs, auditLog.auditId, page.after));
      return await db.read
        .select()
        .from(auditLog)
        .where(where)
        .orderBy(desc(auditLog.atMs), desc(auditLog.auditId))
        .limit(page.limit);
    },
  };
}

import { and, asc, count, eq, gt, isNotNull, isNull, sql } from "drizzle-orm";
import { wrote } from "./database.ts";
import type { Database } from "./database.ts";
import { newerThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type LlmConfigRow = Tables["llmConfigs"]["$inferSelect"];
export type NewLlmConfig = Omit<Tables["llmConfigs"]["$inferInsert"], "ownerId">;
export type LlmConfigChange = Partial<Omit<LlmConfigRow, "configId" | "ownerId" | "createdAtMs">>;

export type LlmStore = ReturnType<typeof createLlmStore>;

export function createLlmStore(db: Database) {
  const { llmConfigs: t } = db.tables;
  const owned = (ownerId: string, configId: string) => and(eq(t.configId, configId), eq(t.ownerId, ownerId));
  // Asked for with every answer.
  const found = db.prepareRead(
    db.read
      .select()
      .from(t)
      .where(and(eq(t.configId, sql.placeholder("configId")), eq(t.ownerId, sql.placeholder("ownerId"))))
      .limit(1),
  );

  return {
    /** Oldest first, so that a menu keeps its order; a page goes on after `{atMs: createdAtMs, id: configId}`. */
    async list(ownerId: string, page: Page): Promise<LlmConfigRow[]> {
      const where = and(eq(t.ownerId, ownerId), newerThan(t.createdAtMs, t.configId, page.after));
      return await db.read.select().from(t).where(where).orderBy(asc(t.createdAtMs), asc(t.configId)).limit(page.limit);
    },
    async count(ownerId: string): Promise<number> {
      const [row] = await db.read.select({ total: count() }).from(t).where(eq(t.ownerId, ownerId));
      return row?.total ?? 0;
    },
    async find(ownerId: string, configId: string): Promise<LlmConfigRow | undefined> {
      const [row] = await found({ ownerId, configId });
      return row;
    },
    /** All of them or none; an id that is taken is a unique violation. */
    async insert(ownerId: string, ...configs: NewLlmConfig[]): Promise<void> {
      if (configs.length > 0)
        await db.write(
          insert(
            t,
            configs.map((config) => ({ ...config, ownerId })),
          ),
        );
    },
    /**
     * Changes the configuration whose key and endpoint are as they were seen, and writes `also` with it; false, and
     * nothing written, when they were changed or removed since.
     */
    async change(
      ownerId: string,
      seen: Pick<LlmConfigRow, "configId" | "provider" | "apiUrl" | "apiKeyCipher">,
      change: LlmConfigChange,
      ...also: Statement[]
    ): Promise<boolean> {
      const isAsSeen = and(
        owned(ownerId, seen.configId),
        eq(t.provider, seen.provider),
        seen.apiUrl === null ? isNull(t.apiUrl) : eq(t.apiUrl, seen.apiUrl),
        seen.apiKeyCipher === null ? isNull(t.apiKeyCipher) : eq(t.apiKeyCipher, seen.apiKeyCipher),
      );
      return await wrote(db, must(update(t, change, isAsSeen)), ...also);
    },
    async remove(ownerId: string, configId: string): Promise<boolean> {
      const [touched] = await db.write(remove(t, owned(ownerId, configId)));
      return touched === 1;
    },
    /** Sealed keys of every owner, by id, for key rotation; goes on after `afterConfigId`. */
    async listSealed(
      afterConfigId: string,
      limit: number,
    ): Promise<{ configId: string; apiKeyCipher: string | null }[]> {
      const where = and(gt(t.configId, afterConfigId), isNotNull(t.apiKeyCipher));
      const sealed = { configId: t.configId, apiKeyCipher: t.apiKeyCipher };
      return await db.read.select(sealed).from(t).where(where).orderBy(asc(t.configId)).limit(limit);
    },
    /** Replaces one sealed key by itself under another key; false when somebody stored a new one meanwhile. */
    async reseal(configId: string, from: string, to: string): Promise<boolean> {
      const where = and(eq(t.configId, configId), eq(t.apiKeyCipher, from));
      const [touched] = await db.write(update(t, { apiKeyCipher: to }, where));
      return touched === 1;
    },
  };
}

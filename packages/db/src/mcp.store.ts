import { and, asc, count, eq, gt, inArray, isNotNull, sql } from "drizzle-orm";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Database } from "./database.ts";
import { newerThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { createRemembered } from "./remembered.ts";
import { insert, remove, update, upsert } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type McpServerRow = Tables["mcpServers"]["$inferSelect"];
export type McpServerChange = Partial<Omit<McpServerRow, "serverId" | "ownerId" | "createdAtMs">>;
export type McpFactsRow = Tables["mcpFacts"]["$inferSelect"];
export type McpFacts = Omit<McpFactsRow, "serverId" | "ownerId">;

export type McpStore = ReturnType<typeof createMcpStore>;

export function createMcpStore(db: Database) {
  const { mcpServers: t, mcpFacts: facts, mcpTools: tools, mcpOauthTokens: tokens, mcpOauthStates: states } = db.tables;
  const owned = (ownerId: string, serverId: string) => and(eq(t.serverId, serverId), eq(t.ownerId, ownerId));

  // Asked for with every request through the relay.
  const rememberedServer = createRemembered<McpServerRow>(db);
  const serverById = db.prepareRead(
    db.read
      .select()
      .from(t)
      .where(and(eq(t.serverId, sql.placeholder("serverId")), eq(t.ownerId, sql.placeholder("ownerId"))))
      .limit(1),
  );

  return {
    /** Oldest first, so that a menu keeps its order; a page goes on after `{atMs: createdAtMs, id: serverId}`. */
    async list(ownerId: string, page: Page): Promise<McpServerRow[]> {
      const where = and(eq(t.ownerId, ownerId), newerThan(t.createdAtMs, t.serverId, page.after));
      return await db.read.select().from(t).where(where).orderBy(asc(t.createdAtMs), asc(t.serverId)).limit(page.limit);
    },
    async count(ownerId: string): Promise<number> {
      const [row] = await db.read.select({ total: count() }).from(t).where(eq(t.ownerId, ownerId));
      return row?.total ?? 0;
    },
    find: (ownerId: string, serverId: string): MaybePromise<McpServerRow | undefined> =>
      rememberedServer(`${ownerId}\n${serverId}`, async () => (await serverById({ ownerId, serverId }))[0]),
    /** An id that is taken is a unique violation. */
    async insert(ownerId: string, server: Omit<McpServerRow, "ownerId">): Promise<void> {
      await db.write(insert(t, { ...server, ownerId }));
    },
    /** Changes the server as it was seen; false when it was changed or removed since. */
    async change(ownerId: string, seen: McpServerRow, change: McpServerChange): Promise<boolean> {
      const where = and(owned(ownerId, seen.serverId), eq(t.updatedAtMs, seen.updatedAtMs));
      const [touched] = await db.write(update(t, change, where));
      return touched === 1;
    },
    /** With all that is known of it and of its tools, and what was granted there. */
    async remove(ownerId: string, serverId: string): Promise<boolean> {
      const [touched] = await db.write(
        remove(t, owned(ownerId, serverId)),
        remove(facts, and(eq(facts.serverId, serverId), eq(facts.ownerId, ownerId))),
        remove(tools, and(eq(tools.serverId, serverId), eq(tools.ownerId, ownerId))),
        remove(tokens, and(eq(tokens.serverId, serverId), eq(tokens.ownerId, ownerId))),
        remove(states, and(eq(states.serverId, serverId), eq(states.ownerId, ownerId))),
      );
      return touched === 1;
    },

    async facts(ownerId: string, serverIds: string[]): Promise<McpFactsRow[]> {
      if (serverIds.length === 0) return [];
      return await db.read
        .select()
        .from(facts)
        .where(and(inArray(facts.serverId, serverIds), eq(facts.ownerId, ownerId)));
    },
    async saveFacts(ownerId: string, serverId: string, known: McpFacts): Promise<void> {
      await db.writeRelaxed(upsert(facts, { ...known, serverId, ownerId }, known));
    },
    /** What was found out is not true of a server that was changed. */
    async forgetFacts(ownerId: string, serverId: string): Promise<void> {
      await db.writeRelaxed(remove(facts, and(eq(facts.serverId, serverId), eq(facts.ownerId, ownerId))));
    },

    /** Sealed values of every owner, by id, for key rotation; goes on after `afterServerId`. */
    async listSealed(
      afterServerId: string,
      limit: number,
    ): Promise<{ serverId: string; secretsCipher: string | null }[]> {
      return await db.read
        .select({ serverId: t.serverId, secretsCipher: t.secretsCipher })
        .from(t)
        .where(and(gt(t.serverId, afterServerId), isNotNull(t.secretsCipher)))
        .orderBy(asc(t.serverId))
        .limit(limit);
    },
    /** Replaces sealed values by themselves under another key; false when somebody stored others meanwhile. */
    async reseal(serverId: string, from: string, to: string): Promise<boolean> {
      const [touched] = await db.write(
        update(t, { secretsCipher: to }, and(eq(t.serverId, serverId), eq(t.secretsCipher, from))),
      );
      return touched === 1;
    },
  };
}

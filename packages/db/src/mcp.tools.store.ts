import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "./database.ts";
import { update, upsert } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type McpToolRow = Tables["mcpTools"]["$inferSelect"];
export type McpToolChange = Partial<Omit<McpToolRow, "serverId" | "ownerId" | "name">> & { updatedAtMs: number };

export type McpToolStore = ReturnType<typeof createMcpToolStore>;

/** What owners said about tools, and the definitions they saw. */
export function createMcpToolStore(db: Database) {
  const { mcpTools: t } = db.tables;
  const blank = { policy: null, hash: null, definition: null, pending: null, allowedHash: null };

  return {
    async list(ownerId: string, serverIds: string[]): Promise<McpToolRow[]> {
      if (serverIds.length === 0) return [];
      return await db.read
        .select()
        .from(t)
        .where(and(inArray(t.serverId, serverIds), eq(t.ownerId, ownerId)));
    },
    async find(ownerId: string, serverId: string, name: string): Promise<McpToolRow | undefined> {
      const [row] = await db.read
        .select()
        .from(t)
        .where(and(eq(t.serverId, serverId), eq(t.ownerId, ownerId), eq(t.name, name)))
        .limit(1);
      return row;
    },
    /** Changes what is known of a tool, the first time as any other. */
    async save(ownerId: string, serverId: string, name: string, change: McpToolChange): Promise<void> {
      await db.write(upsert(t, { ...blank, ...change, serverId, ownerId, name }, change));
    },
    /** Notes that a tool is not what its owner saw; touches nothing where they saw something newer. */
    async notePending(
      ownerId: string,
      seen: Pick<McpToolRow, "serverId" | "name" | "hash">,
      pending: McpToolRow["pending"],
    ): Promise<void> {
      const { serverId, name, hash } = seen;
      if (hash === null) return;
      await db.writeRelaxed(
        update(
          t,
          { pending },
          and(eq(t.serverId, serverId), eq(t.ownerId, ownerId), eq(t.name, name), eq(t.hash, hash)),
        ),
      );
    },
  };
}

import { and, count, desc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { olderThan } from "./keyset.ts";
import type { Page } from "./keyset.ts";
import { createRoundTableMessageStore } from "./roundtables.messages.store.ts";
import { createRoundTableSeatStore } from "./roundtables.seats.store.ts";
import { insert, remove, update } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type RoundTableRow = Tables["roundTables"]["$inferSelect"];
export type NewRoundTable = Pick<RoundTableRow, "roundTableId" | "name" | "createdAtMs">;
export type RoundTableChange = Partial<Pick<RoundTableRow, "name" | "status" | "updatedAtMs">>;

export type RoundTableStore = ReturnType<typeof createRoundTableStore>;

export function createRoundTableStore(db: Database) {
  const { roundTables: t, roundTableParticipants, roundTableMessages, roundTableResponses } = db.tables;
  const owned = (ownerId: string, roundTableId: string) =>
    and(eq(t.roundTableId, roundTableId), eq(t.ownerId, ownerId));

  return {
    /** Last active first; a page goes on after `{atMs: updatedAtMs, id: roundTableId}`. */
    async list(ownerId: string, page: Page): Promise<RoundTableRow[]> {
      const where = and(eq(t.ownerId, ownerId), olderThan(t.updatedAtMs, t.roundTableId, page.after));
      return await db.read
        .select()
        .from(t)
        .where(where)
        .orderBy(desc(t.updatedAtMs), desc(t.roundTableId))
        .limit(page.limit);
    },
    async count(ownerId: string): Promise<number> {
      const [row] = await db.read.select({ total: count() }).from(t).where(eq(t.ownerId, ownerId));
      return row?.total ?? 0;
    },
    async find(ownerId: string, roundTableId: string): Promise<RoundTableRow | undefined> {
      const [row] = await db.read.select().from(t).where(owned(ownerId, roundTableId)).limit(1);
      return row;
    },
    /** An empty, active table. An id that is taken is a unique violation. */
    async insert(ownerId: string, table: NewRoundTable): Promise<void> {
      const fresh = { status: "active", lastSeq: 0, participantCount: 0, updatedAtMs: table.createdAtMs };
      await db.write(insert(t, { ...table, ...fresh, ownerId }));
    },
    /** False when there is no such table of this owner. */
    async update(ownerId: string, roundTableId: string, change: RoundTableChange): Promise<boolean> {
      const [touched] = await db.write(update(t, change, owned(ownerId, roundTableId)));
      return touched === 1;
    },
    /** The table with its seats, messages and responses. */
    async remove(ownerId: string, roundTableId: string): Promise<boolean> {
      const [touched] = await db.write(
        remove(t, owned(ownerId, roundTableId)),
        ...[roundTableResponses, roundTableMessages, roundTableParticipants].map((child) =>
          remove(child, and(eq(child.roundTableId, roundTableId), eq(child.ownerId, ownerId))),
        ),
      );
      return touched === 1;
    },
    ...createRoundTableSeatStore(db),
    ...createRoundTableMessageStore(db),
  };
}

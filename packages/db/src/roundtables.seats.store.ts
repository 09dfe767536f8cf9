import { and, asc, eq, exists, inArray, sql } from "drizzle-orm";
import { wrote } from "./database.ts";
import type { Database } from "./database.ts";
import { insert, must, remove, update } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type ParticipantRow = Tables["roundTableParticipants"]["$inferSelect"];
export type NewParticipant = Omit<Tables["roundTableParticipants"]["$inferInsert"], "ownerId">;
export type ParticipantChange = Partial<Pick<ParticipantRow, "customLlmConfigId" | "customSystemPrompt">>;

/** A seat with what its session brings to the table. */
export type SeatedSession = Awaited<
  ReturnType<ReturnType<typeof createRoundTableSeatStore>["listParticipants"]>
>[number];

/** The seats of round tables; `participant_count` changes in the write that fills or frees one. */
export function createRoundTableSeatStore(db: Database) {
  const { roundTables, roundTableParticipants: t, sessions } = db.tables;
  const ownedTable = (ownerId: string, roundTableId: string) =>
    and(eq(roundTables.roundTableId, roundTableId), eq(roundTables.ownerId, ownerId));
  const ownedSeat = (ownerId: string, roundTableId: string, sessionId: string) =>
    and(eq(t.roundTableId, roundTableId), eq(t.sessionId, sessionId), eq(t.ownerId, ownerId));

  return {
    /** In the order they sat down. */
    async listParticipants(ownerId: string, roundTableId: string) {
      const seat = {
        sessionId: t.sessionId,
        joinedAtMs: t.joinedAtMs,
        customLlmConfigId: t.customLlmConfigId,
        customSystemPrompt: t.customSystemPrompt,
        title: sessions.title,
        name: sessions.name,
        avatar: sessions.avatar,
        llmConfigId: sessions.llmConfigId,
        systemPrompt: sessions.systemPrompt,
        mediaOutputPath: sessions.mediaOutputPath,
      };
      const seats = db.read.select(seat).from(t).innerJoin(sessions, eq(sessions.sessionId, t.sessionId));
      const where = and(eq(t.roundTableId, roundTableId), eq(t.ownerId, ownerId), eq(sessions.ownerId, ownerId));
      return await seats.where(where).orderBy(asc(t.joinedAtMs), asc(t.sessionId));
    },
    async findParticipant(
      ownerId: string,
      roundTableId: string,
      sessionId: string,
    ): Promise<ParticipantRow | undefined> {
      const [row] = await db.read
        .select()
        .from(t)
        .where(ownedSeat(ownerId, roundTableId, sessionId))
        .limit(1);
      return row;
    },
    /** False when the table or the session is not this owner's. A session that sits there already is a unique violation. */
    async addParticipant(ownerId: string, seat: NewParticipant): Promise<boolean> {
      const isOwned = and(eq(sessions.sessionId, seat.sessionId), eq(sessions.ownerId, ownerId));
      const ownSession = db.read
        .select({ one: sql`1` })
        .from(sessions)
        .where(isOwned);
      const filled = { participantCount: sql`${roundTables.participantCount} + 1`, updatedAtMs: seat.joinedAtMs };
      return await wrote(
        db,
        must(update(roundTables, filled, and(ownedTable(ownerId, seat.roundTableId), exists(ownSession)))),
        insert(t, { ...seat, ownerId }),
      );
    },
    async updateParticipant(
      ownerId: string,
      roundTableId: string,
      sessionId: string,
      change: ParticipantChange,
    ): Promise<boolean> {
      const [touched] = await db.write(update(t, change, ownedSeat(ownerId, roundTableId, sessionId)));
      return touched === 1;
    },
    async removeParticipant(ownerId: string, roundTableId: string, sessionId: string, atMs: number): Promise<boolean> {
      const freed = { participantCount: sql`${roundTables.participantCount} - 1`, updatedAtMs: atMs };
      return await wrote(
        db,
        must(remove(t, ownedSeat(ownerId, roundTableId, sessionId))),
        update(roundTables, freed, ownedTable(ownerId, roundTableId)),
      );
    },
    /** For the write that removes a session: it stands up from every table. */
    removeSessionSeats(ownerId: string, sessionId: string): Statement[] {
      const seats = and(eq(t.sessionId, sessionId), eq(t.ownerId, ownerId));
      const tables = db.read.select({ roundTableId: t.roundTableId }).from(t).where(seats);
      const freed = { participantCount: sql`${roundTables.participantCount} - 1` };
      return [update(roundTables, freed, inArray(roundTables.roundTableId, tables)), remove(t, seats)];
    },
  };
}

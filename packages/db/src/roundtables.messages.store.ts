import { and, asc, desc, eq, exists, gt, inArray, lte, ne, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { wrote } from "./database.ts";
import type { Database } from "./database.ts";
import { insert, must, update } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type RoundTableMessageRow = Tables["roundTableMessages"]["$inferSelect"];
export type NewRoundTableMessage = Omit<Tables["roundTableMessages"]["$inferInsert"], "ownerId" | "seq">;
export type RoundTableResponseRow = Tables["roundTableResponses"]["$inferSelect"];
export type NewRoundTableResponse = Omit<Tables["roundTableResponses"]["$inferInsert"], "ownerId" | "isSelected">;
export type RoundTableResponseChange = Partial<Pick<RoundTableResponseRow, "content" | "thinking" | "toolCalls">>;

/**
 * What was said at round tables. Messages are numbered 1…last_seq without gaps: the number is taken in the
 * write that inserts the message, and a message goes only with its table.
 */
export function createRoundTableMessageStore(db: Database) {
  const { roundTables, roundTableMessages: m, roundTableResponses: r } = db.tables;
  const ownedTable = (ownerId: string, roundTableId: string) =>
    and(eq(roundTables.roundTableId, roundTableId), eq(roundTables.ownerId, ownerId));
  const ownedMessages = (ownerId: string, roundTableId: string) =>
    and(eq(m.roundTableId, roundTableId), eq(m.ownerId, ownerId));
  const ownedResponse = (ownerId: string, roundTableId: string, responseId: string) =>
    and(eq(r.responseId, responseId), eq(r.roundTableId, roundTableId), eq(r.ownerId, ownerId));

  async function findResponse(
    ownerId: string,
    roundTableId: string,
    responseId: string,
  ): Promise<RoundTableResponseRow | undefined> {
    const [row] = await db.read
      .select()
      .from(r)
      .where(ownedResponse(ownerId, roundTableId, responseId))
      .limit(1);
    return row;
  }

  return {
    /** Takes the table's next number. False when the table is not this owner's; a taken message id is a unique violation. */
    async addMessage(ownerId: string, message: NewRoundTableMessage): Promise<boolean> {
      const { roundTableId, createdAtMs } = message;
      const taken: SQL<number> = sql`(select ${roundTables.lastSeq} from ${roundTables} where ${roundTables.roundTableId} = ${roundTableId})`;
      return await wrote(
        db,
        must(
          update(
            roundTables,
            { lastSeq: sql`${roundTables.lastSeq} + 1`, updatedAtMs: createdAtMs },
            ownedTable(ownerId, roundTableId),
          ),
        ),
        insert(m, { ...message, ownerId, seq: taken }),
      );
    },
    async findMessage(
      ownerId: string,
      roundTableId: string,
      messageId: string,
    ): Promise<RoundTableMessageRow | undefined> {
      const where = and(eq(m.messageId, messageId), ownedMessages(ownerId, roundTableId));
      const [row] = await db.read.select().from(m).where(where).limit(1);
      return row;
    },
    /** Page 1 is the oldest; pages are found by number, so a late page costs what the first does. */
    async listMessages(ownerId: string, roundTableId: string, { page, pageSize }: { page: number; pageSize: number }) {
      const [table] = await db.read
        .select({ total: roundTables.lastSeq })
        .from(roundTables)
        .where(ownedTable(ownerId, roundTableId));
      const range = and(gt(m.seq, (page - 1) * pageSize), lte(m.seq, page * pageSize));
      const messages = await db.read
        .select()
        .from(m)
        .where(and(ownedMessages(ownerId, roundTableId), range))
        .orderBy(asc(m.seq));
      return { messages, total: table?.total ?? 0 };
    },
    /** The newest `limit` messages, oldest first: what a speaker is told of the conversation. */
    async latestMessages(ownerId: string, roundTableId: string, limit: number): Promise<RoundTableMessageRow[]> {
      const rows = await db.read
        .select()
        .from(m)
        .where(ownedMessages(ownerId, roundTableId))
        .orderBy(desc(m.seq))
        .limit(limit);
      return rows.reverse();
    },
    /** The responses to these messages, per message in the order they came. */
    async listResponses(ownerId: string, roundTableId: string, messageIds: string[]): Promise<RoundTableResponseRow[]> {
      if (messageIds.length === 0) return [];
      const where = and(inArray(r.messageId, messageIds), eq(r.roundTableId, roundTableId), eq(r.ownerId, ownerId));
      return await db.read.select().from(r).where(where).orderBy(asc(r.createdAtMs), asc(r.responseId));
    },
    findResponse,
    /** False when the table has no such message; a taken response id is a unique violation. */
    async addResponse(ownerId: string, response: NewRoundTableResponse): Promise<boolean> {
      const { roundTableId, messageId, createdAtMs } = response;
      const answered = db.read
        .select({ one: sql`1` })
        .from(m)
        .where(and(eq(m.messageId, messageId), ownedMessages(ownerId, roundTableId)));
      return await wrote(
        db,
        must(
          update(roundTables, { updatedAtMs: createdAtMs }, and(ownedTable(ownerId, roundTableId), exists(answered))),
        ),
        insert(r, { ...response, ownerId, isSelected: false }),
      );
    },
    async updateResponse(
      ownerId: string,
      roundTableId: string,
      responseId: string,
      change: RoundTableResponseChange,
    ): Promise<boolean> {
      const [touched] = await db.write(update(r, change, ownedResponse(ownerId, roundTableId, responseId)));
      return touched === 1;
    },
    /** Makes it the one selected response of its message. False when there is no such response. */
    async select(ownerId: string, roundTableId: string, responseId: string): Promise<boolean> {
      const response = await findResponse(ownerId, roundTableId, responseId);
      if (!response) return false;
      const others = and(eq(r.messageId, response.messageId), eq(r.ownerId, ownerId), ne(r.responseId, responseId));
      return await wrote(
        db,
        update(r, { isSelected: false }, others),
        must(update(r, { isSelected: true }, ownedResponse(ownerId, roundTableId, responseId))),
      );
    },
  };
}

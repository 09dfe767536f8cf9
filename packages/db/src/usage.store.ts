import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { insert } from "./statements.ts";
import type { Statement } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type UsageRow = Tables["usageEntries"]["$inferSelect"];
export type UsageStore = ReturnType<typeof createUsageStore>;
type Range = { fromMs: number; toMs: number };

const dayMs = 86_400_000;
const maxModels = 500;
/** Days of a range times what is told apart on each. */
const maxPoints = 20_000;

/** The ledger of tokens and cost. There is no way to change or remove an entry. */
export function createUsageStore(db: Database) {
  const { usageEntries: u, sessions: s } = db.tables;
  const within = (ownerId: string, { fromMs, toMs }: Range) =>
    and(eq(u.ownerId, ownerId), gte(u.atMs, fromMs), lt(u.atMs, toMs));

  const number = (value: ReturnType<typeof sql>) => sql<number>`${value}`.mapWith(Number);
  const total = (column: unknown) => number(sql`coalesce(sum(${column}), 0)`);
  const sums = {
    entries: number(sql`count(*)`),
    inputTokens: total(u.inputTokens),
    outputTokens: total(u.outputTokens),
    cachedTokens: total(u.cachedTokens),
    reasoningTokens: total(u.reasoningTokens),
    costNanoUsd: total(u.costNanoUsd),
    unpriced: number(sql`count(*) - count(${u.costNanoUsd})`),
    estimated: total(u.estimated),
  };
  const tokens = sql`sum(${u.inputTokens} + ${u.outputTokens})`;

  return {
    insert: (row: UsageRow): Statement => insert(u, row),
    /** Most tokens first. */
    async byModel(ownerId: string, range: Range) {
      return await db.read
        .select({ provider: u.provider, model: u.model, ...sums })
        .from(u)
        .where(within(ownerId, range))
        .groupBy(u.provider, u.model)
        .orderBy(desc(tokens))
        .limit(maxModels);
    },
    /** Most tokens first; `title` is null when the owner has no such session any more. */
    async bySession(ownerId: string, range: Range, limit: number, sessionId?: string) {
      return await db.read
        .select({ sessionId: u.sessionId, title: sql<string | null>`max(${s.title})`, ...sums })
        .from(u)
        .leftJoin(s, and(eq(s.sessionId, u.sessionId), eq(s.ownerId, u.ownerId)))
        .where(and(within(ownerId, range), sessionId === undefined ? undefined : eq(u.sessionId, sessionId)))
        .groupBy(u.sessionId)
        .orderBy(desc(tokens))
        .limit(limit);
    },
    /** `day` counts whole days since 1970 by a clock that is `offsetMs` ahead of UTC. Days without entries are left out. */
    async byDay(ownerId: string, range: Range, offsetMs: number) {
      // Whole numbers of ours, and the same text in both places: MySQL takes two placeholders for two expressions.
      const [offset, length] = [sql.raw(String(Math.trunc(offsetMs))), sql.raw(String(dayMs))];
      const local = sql`(${u.atMs} + ${offset})`;
      const dayStart = sql`(${local} - ${local} % ${length})`;
      const rows = await db.read
        .select({ dayStart: number(dayStart), provider: u.provider, model: u.model, ...sums })
        .from(u)
        .where(within(ownerId, range))
        .groupBy(dayStart, u.provider, u.model)
        .orderBy(dayStart)
        .limit(maxPoints);
      return rows.map(({ dayStart: startMs, ...row }) => ({ ...row, day: startMs / dayMs }));
    },
  };
}

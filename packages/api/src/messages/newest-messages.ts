import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { SessionRow, SessionStore, SummaryRow } from "@chatee/db/sessions.store";
import { rowTokens } from "./row-tokens.ts";

/** How many messages are read, and so held, at once; a session without a summary is mostly shorter. */
export const pageRows = 500;
/** A prompt has fewer messages, however short they are and however large the window is. */
export const maxMessages = 4_000;
/** Mostly the first one is it; others are of branches that are not shown. */
const summariesAtOnce = 8;
/** How far back the newest words of the user are looked for. */
const lookBack = 50;

export type BranchEnd = {
  /** Oldest first. */
  rows: MessageRow[];
  /** There may be more before these. */
  isCut: boolean;
};
export type NewestMessages = BranchEnd & {
  /** The newest that still describes the branch and ends before what the user said last; the messages come after it. */
  summary: SummaryRow | undefined;
  /** The number of what the user said last; of the newest message where the user is not among the last ones. */
  keepSeq: number;
};

/** Reads a branch from its end, page by page, and no further than is needed. */
export function createNewestMessages({ messages, sessions }: { messages: MessageStore; sessions: SessionStore }) {
  /** The newest summary that still describes the active branch and ends before `beforeSeq`. */
  async function validSummary({ ownerId, sessionId }: SessionRow, beforeSeq: number): Promise<SummaryRow | undefined> {
    for (let before = beforeSeq; ;) {
      const usable = await sessions.summariesBelow(ownerId, sessionId, before, summariesAtOnce);
      for (const summary of usable) {
        const last = await messages.find(ownerId, summary.lastMessageId);
        if (last?.active) return summary;
      }
      const farthest = usable.at(-1);
      if (!farthest || usable.length < summariesAtOnce) return undefined;
      before = farthest.lastSeq;
    }
  }

  function lastPage({ ownerId, sessionId }: SessionRow, after: number, upTo: number): Promise<MessageRow[]> {
    return messages.branchEnd(ownerId, sessionId, { after, upTo, limit: pageRows });
  }

  /** The last messages behind `after`, the page `last` and as many before it as `maxTokens` and `maxMessages` hold. */
  async function end(session: SessionRow, after: number, last: MessageRow[], maxTokens: number): Promise<BranchEnd> {
    const rows = [...last];
    let page = last;
    let tokens = 0;
    while (page.length === pageRows && rows.length < maxMessages) {
      tokens += page.reduce((sum, row) => sum + rowTokens(row), 0);
      if (tokens > maxTokens) break;
      page = await lastPage(session, after, (page.at(-1)?.seq ?? 0) - 1);
      rows.push(...page);
    }
    return { rows: rows.reverse(), isCut: page.length === pageRows };
  }

  return {
    validSummary,
    /** What follows `after` up to `upToSeq`, or its end where all of it has more than `maxTokens`. */
    async after(session: SessionRow, after: number, upToSeq: number, maxTokens: number): Promise<BranchEnd> {
      return await end(session, after, await lastPage(session, after, upToSeq), maxTokens);
    },
    /** The same for what follows the newest summary. */
    async read(session: SessionRow, upToSeq: number, maxTokens: number): Promise<NewestMessages> {
      let summary = await validSummary(session, upToSeq + 1);
      let page = await lastPage(session, summary?.lastSeq ?? 0, upToSeq);
      let keepSeq = lastWordsSeq(page);
      if (keepSeq === undefined && summary) {
        // The summary covers what the user said last, or most of what followed it: an older one may have to do.
        const shown = await messages.page(session.ownerId, session.sessionId, upToSeq + 1, lookBack);
        keepSeq = lastWordsSeq(shown) ?? shown[0]?.seq ?? 0;
        if (keepSeq <= summary.lastSeq) {
          summary = await validSummary(session, keepSeq);
          page = await lastPage(session, summary?.lastSeq ?? 0, upToSeq);
        }
      }
      keepSeq ??= page[0]?.seq ?? 0;
      return { summary, keepSeq, ...(await end(session, summary?.lastSeq ?? 0, page, maxTokens)) };
    },
  };
}

/** Of messages from the newest on; undefined when too few of them are there to tell. */
function lastWordsSeq(newest: Pick<MessageRow, "role" | "seq">[]): number | undefined {
  const last = newest.slice(0, lookBack);
  const isEnough = last.length === lookBack;
  return (last.find((row) => row.role === "user") ?? (isEnough ? last[0] : undefined))?.seq;
}

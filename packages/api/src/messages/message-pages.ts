import type { MessageRow, MessageStore, ShownRow } from "@chatee/db/messages.store";
import type { RunStore } from "@chatee/db/runs.store";
import type { SessionRow } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import type { ListMessagePage, ListMessages, Message, MessagePage, NumberedMessagePage } from "@chatee/shared/messages";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { toEventId } from "@chatee/shared/stream-event";
import type { EventLog } from "../streams/event-log.ts";
import { asMessage, toMessage } from "./message.ts";
import { foldMessage } from "./turn-state.ts";

const newest = Number.MAX_SAFE_INTEGER;

/** The cursor of a page: where it begins, as the number of its oldest message. */
function toCursor(seq: number): string {
  return `m${seq.toString(36)}`;
}
function fromCursor(cursor: string): number {
  const digits = /^m([0-9a-z]{1,10})$/.exec(cursor)?.[1];
  const seq = digits === undefined ? Number.NaN : Number.parseInt(digits, 36);
  if (!Number.isSafeInteger(seq)) throw new DomainError({ code: "cursor.invalid" });
  return seq;
}

/** Pages of the active branch. Read by number, so the last page of a million messages costs what the first does. */
export function createMessagePages(deps: { messages: MessageStore; runs: RunStore; log: EventLog }) {
  const { messages, log } = deps;

  /** The text of a message that is being written lives in the log. */
  async function current(row: ShownRow | MessageRow): Promise<Message> {
    const message = toMessage(row);
    if (row.status !== "streaming" || row.runId === null) return message;
    const run = await deps.runs.findClaimed(row.runId);
    const events: StreamEvent[] = [];
    for (let after = run?.startSeq ?? 0, full = true; full;) {
      const page = await log.read(row.sessionId, after, 500);
      events.push(...page.map((entry) => entry.event));
      after = page.at(-1)?.seq ?? after;
      full = page.length === 500;
    }
    return foldMessage(message, events);
  }

  /** Not needed of a dense session: nothing was ever branched off or deleted in it. */
  async function withSiblings(ownerId: string, sessionId: string, page: Message[]): Promise<Message[]> {
    const children = await messages.children(ownerId, sessionId, [...new Set(page.map((message) => message.parentId))]);
    const byParent = Map.groupBy(children, (child) => child.parentId);
    return page.map((message) => {
      const siblings = byParent.get(message.parentId) ?? [];
      return siblings.length > 1 ? { ...message, siblingIds: siblings.map((sibling) => sibling.messageId) } : message;
    });
  }

  async function oldestFirst(rows: ShownRow[]): Promise<Message[]> {
    const page: Message[] = [];
    for (const row of rows.reverse()) page.push(row.status === "streaming" ? await current(row) : asMessage(row));
    return page;
  }

  return {
    current,
    async page(ownerId: string, { sessionId, limit, before: cursor }: ListMessages): Promise<MessagePage> {
      const before = cursor == null ? newest : fromCursor(cursor);
      const found = await messages.placedPage(ownerId, sessionId, before, limit + 1);
      if (!found) throw new DomainError({ code: "session.not_found", sessionId });
      const { rows, isDense, headSeq } = found;
      const hasMore = rows.length > limit;
      if (hasMore) rows.pop();
      const oldest = rows.at(-1);
      const shown = await oldestFirst(rows);
      return {
        messages: isDense ? shown : await withSiblings(ownerId, sessionId, shown),
        hasMore,
        nextBefore: hasMore && oldest ? toCursor(oldest.seq) : null,
        lastEventId: toEventId(sessionId, headSeq),
      };
    },
    /** A page past the end is empty. */
    async numbered(session: SessionRow, { page, pageSize }: ListMessagePage): Promise<NumberedMessagePage> {
      const { ownerId, sessionId, messageCount: total } = session;
      const skip = (page - 1) * pageSize;
      const isDense = total === session.lastSeq;
      const rows = isDense
        ? await messages.page(ownerId, sessionId, Math.max(session.lastSeq + 1 - skip, 0), pageSize)
        : await messages.pageAfterSkipping(ownerId, sessionId, skip, pageSize);
      const shown = await oldestFirst(rows);
      return {
        messages: isDense ? shown : await withSiblings(ownerId, sessionId, shown),
        total,
        page,
        pageSize,
        totalPages: Math.ceil(total / pageSize),
      };
    },
  };
}
export type MessagePages = ReturnType<typeof createMessagePages>;

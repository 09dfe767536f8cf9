import type { SessionStore } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import type { FollowedEvent, Resync } from "@chatee/shared/stream-event";
import { fromEventId, toEventId } from "@chatee/shared/stream-event";
import type { EventLog, Show } from "../streams/event-log.ts";

export type FollowedEntry = { eventId: string; event: FollowedEvent };

/** Where to read on from, and what to say first when the given id cannot be resumed. */
function startOf(
  sessionId: string,
  bounds: { headSeq: number; tailSeq: number },
  lastEventId: string | null,
): { after: number; resync: Resync | null } {
  if (lastEventId === null) return { after: bounds.tailSeq, resync: null };
  const seq = fromEventId(sessionId, lastEventId);
  const restart = (reason: Resync["reason"]) => ({
    after: bounds.headSeq,
    resync: { type: "resync" as const, reason },
  });
  if (seq === null) return restart("unknown_id");
  if (seq > bounds.headSeq) return restart("future_id");
  if (seq < bounds.tailSeq) return restart("pruned");
  return { after: seq, resync: null };
}

export type FollowSession = { ownerId: string; sessionId: string; lastEventId: string | null; signal: AbortSignal };

/** What a follower gets of each event, and what it waits for before the next. */
export type ShowEvents<TItem> = Pick<Show<TItem>, "taken"> & { as: (eventId: string, event: FollowedEvent) => TItem };

/**
 * Everything that happened in a session after `lastEventId`, then what happens. An id that cannot be resumed
 * is answered with a `resync`, whose own id is where the events after it go on.
 *
 * @throws DomainError `session.not_found`
 */
export async function followSessionEvents<TItem>(
  deps: { sessions: SessionStore; log: EventLog },
  { ownerId, sessionId, lastEventId, signal }: FollowSession,
  { as, taken }: ShowEvents<TItem>,
): Promise<AsyncGenerator<TItem, void, void>> {
  // The bounds come first: when the session is still there after them, its end lies above them and will be seen.
  const bounds = await deps.log.bounds(sessionId);
  const session = await deps.sessions.find(ownerId, sessionId);
  if (!session) throw new DomainError({ code: "session.not_found", sessionId });
  const { after, resync: first } = startOf(sessionId, bounds, lastEventId);
  return deps.log.follow(
    { streamId: sessionId, after, first, signal },
    { as: (seq, event) => as(toEventId(sessionId, seq), event), taken },
  );
}

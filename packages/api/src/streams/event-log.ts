import type { Statement } from "@chatee/db/statements";
import type { StreamStore } from "@chatee/db/streams.store";
import type { FollowedEvent, StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import { untilAborted } from "../llm/until-aborted.ts";
import { createTail, pageSize, parseEntry, untilRead } from "./tail.ts";
import type { Entry, Tail } from "./tail.ts";
import { sessionsTopic } from "./sessions-topic.ts";
import type { Wakes } from "./wakes.ts";

export type EventLog = ReturnType<typeof createEventLog>;

export type EventLogDeps = {
  streams: StreamStore;
  wakes: Wakes;
  environment: Environment;
  /** How often to look for events of other processes whose wake was lost; null when there are no others. */
  pollMs: number | null;
};

export type Follow = {
  streamId: string;
  after: number;
  /** Said before all others, with the number `after`. */
  first?: FollowedEvent | null;
  signal: AbortSignal;
};

/** What a follower gets of each event, and what it waits for before the next: no step between it and the log. */
export type Show<TItem> = {
  as: (seq: number, event: FollowedEvent) => TItem;
  taken?: (() => Promise<void> | undefined) | undefined;
};

/**
 * The one way events are written and read. A write takes its statements from `append` and calls `announce`
 * once it is committed; a reader follows from a number it has seen.
 */
export function createEventLog(deps: EventLogDeps) {
  const { streams, wakes, environment } = deps;
  const tails = new Map<string, { tail: Tail; followers: number }>();
  const stopped = new AbortController();
  const onError = (error: unknown) => environment.log.warn({ error }, "reading a stream failed; trying again");
  const tailDeps = { streams, wakes, environment, onError };

  function hold(streamId: string): Tail & Disposable {
    const known = tails.get(streamId) ?? { tail: createTail(tailDeps, streamId), followers: 0 };
    tails.set(streamId, known);
    known.followers++;
    return {
      ...known.tail,
      [Symbol.dispose]() {
        if (--known.followers > 0) return;
        known.tail.stop();
        tails.delete(streamId);
      },
    };
  }

  /** The tail is read after the page: when it is still at or below `after`, nothing was missing from the page. */
  async function readStored(streamId: string, after: number): Promise<{ page: Entry[]; tailSeq: number }> {
    const page = (await streams.readAfter(streamId, after, pageSize)).map(parseEntry);
    return { page, tailSeq: (await streams.bounds(streamId)).tailSeq };
  }

  /** Finds what no wake told of: one query a round for all followed streams. */
  async function poll(pollMs: number): Promise<void> {
    while (!stopped.signal.aborted) {
      await environment.wait(pollMs, stopped.signal).catch(() => {});
      try {
        for (const { streamId, headSeq } of await streams.heads([...tails.keys()])) {
          const tail = tails.get(streamId)?.tail;
          if (tail && headSeq > tail.to()) void tail.settle();
        }
      } catch (error) {
        onError(error);
      }
    }
  }
  if (deps.pollMs !== null) void poll(deps.pollMs);

  return {
    append(streamId: string, events: StreamEvent[], options: { pruneRunId?: string } = {}): Statement[] {
      const rows = events.map((event) => ({ event: JSON.stringify(event), pruneRunId: options.pruneRunId ?? null }));
      return streams.append(streamId, rows, environment.now());
    },
    /** Begins a stream; refused (a taken key) when there ever was one of this id. */
    create: (streamId: string): Statement => streams.create(streamId, environment.now()),
    /** With the owner: the list of their sessions shows it too. */
    announce(streamId: string, ownerId?: string): void {
      wakes.wake(streamId);
      if (ownerId !== undefined) wakes.wake(sessionsTopic(ownerId));
    },
    /** Lets this process's followers take in what is committed, before something of it is pruned. */
    async settle(streamId: string): Promise<void> {
      await tails.get(streamId)?.tail.settle();
    },
    bounds: streams.bounds,
    pruneRun: streams.pruneRun,
    forget: streams.forget,
    overlong: streams.overlong,
    /** Stored events above `after`, read once. */
    async read(streamId: string, after: number, limit: number): Promise<Entry[]> {
      return (await streams.readAfter(streamId, after, limit)).map(parseEntry);
    },
    /**
     * Yields every event above `after`, first the stored ones, then new ones as they are committed, in
     * order, none twice. Numbers may be missing where passing events were pruned. A reader so far behind that
     * the retention rule took what it had not read yet is told to `resync` and goes on from there. A database
     * that does not answer is asked again. Ends with its session, when `signal` aborts or the log closes.
     */
    async *follow<TItem>(
      { streamId, after, first, signal }: Follow,
      { as, taken }: Show<TItem>,
    ): AsyncGenerator<TItem, void, void> {
      using tail = hold(streamId);
      using either = joinSignals(signal, stopped.signal);
      const over = either.signal;
      if (first) yield as(after, first);
      await untilAborted(tail.ready, over).catch(() => {});
      const grown = tail.waiter(over);
      let cursor = after;
      while (!over.aborted) {
        const live = tail.after(cursor);
        const start = tail.from();
        const stored = live ? null : await untilRead(tailDeps, over, () => readStored(streamId, cursor));
        if (stored && stored.tailSeq > cursor) {
          cursor = stored.tailSeq;
          yield as(cursor, { type: "resync", reason: "pruned" });
          continue;
        }
        const page = live ?? stored?.page ?? [];
        for (const { seq, event } of page) {
          if (over.aborted) return;
          yield as(seq, event);
          if (event.type === "session.deleted") return;
          cursor = seq;
          const held = taken?.();
          if (held) await held;
        }
        if (page.length > 0) continue;
        if (live) await grown();
        else cursor = Math.max(cursor, start);
      }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      for (const { tail } of tails.values()) tail.stop();
    },
  };
}

/** Aborts with the first of the two. `AbortSignal.any` would keep every follower's signal for as long as the log lives. */
function joinSignals(...signals: AbortSignal[]): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}

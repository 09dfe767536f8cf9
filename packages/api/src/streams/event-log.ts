import type { Statement } from "@chatee/db/statements";
import type { StreamStore } from "@chatee/db/streams.store";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import { createTail, pageSize, parseEntry } from "./tail.ts";
import type { Entry, Tail } from "./tail.ts";
import type { Wakes } from "./wakes.ts";

export type EventLog = ReturnType<typeof createEventLog>;

export type EventLogDeps = {
  streams: StreamStore;
  wakes: Wakes;
  environment: Environment;
  /** How often to look for events of other processes whose wake was lost; null when there are no others. */
  pollMs: number | null;
};

/**
 * The one way events are written and read. A write takes its statements from `append` and calls `announce`
 * once it is committed; a reader follows from a number it has seen.
 */
export function createEventLog(deps: EventLogDeps) {
  const { streams, wakes, environment } = deps;
  const tails = new Map<string, { tail: Tail; followers: number }>();
  const stopped = new AbortController();
  const onError = (error: unknown) =>
    environment.log.warn({ error }, "reading a stream failed; the next wake tries again");

  function hold(streamId: string): Tail & Disposable {
    const known = tails.get(streamId) ?? { tail: createTail({ streams, wakes, onError }, streamId), followers: 0 };
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
    announce: (streamId: string) => wakes.wake(streamId),
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
     * order, none twice. Numbers may be missing where passing events were pruned. Ends when `signal` aborts.
     */
    async *follow(streamId: string, after: number, signal: AbortSignal): AsyncGenerator<Entry, void, void> {
      using tail = hold(streamId);
      await tail.ready;
      let cursor = after;
      while (!signal.aborted) {
        const live = tail.after(cursor);
        const start = tail.from();
        const page = live ?? (await streams.readAfter(streamId, cursor, pageSize)).map(parseEntry);
        for (const entry of page) {
          if (signal.aborted) return;
          yield entry;
          cursor = entry.seq;
        }
        if (page.length > 0) continue;
        if (live) await tail.grown(signal);
        else cursor = Math.max(cursor, start);
      }
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      for (const { tail } of tails.values()) tail.stop();
    },
  };
}

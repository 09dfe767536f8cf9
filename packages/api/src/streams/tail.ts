import type { StreamStore } from "@chatee/db/streams.store";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { Wakes } from "./wakes.ts";

/** One event as followers get it: parsed once per process, shared by all of them. */
export type Entry = { seq: number; event: StreamEvent };

export const pageSize = 256;
const maxKept = 1024;
const maxKeptChars = 2_000_000;
const firstRetryMs = 100;
const maxRetryMs = 1_000;

/**
 * The newest events of one followed stream, read once per wake for all its followers. Holds everything
 * above `from` up to `to`; who is behind `from` reads the log itself.
 */
export type Tail = {
  /** Resolves when the tail knows where it starts, or was stopped before it could. */
  ready: Promise<void>;
  /** Events above `after`, or null when they reach back further than the tail does. */
  after: (after: number) => readonly Entry[] | null;
  /** Where the tail began: nothing at or below it will ever come out of `after`. */
  from: () => number;
  to: () => number;
  /** For one follower: what it gets resolves at the next event, when the signal aborts and when the tail is stopped. */
  waiter: (signal: AbortSignal) => () => Promise<void>;
  /** Reads what is new at once, without waiting for a wake. */
  settle: () => Promise<void>;
  stop: () => void;
};

export type TailDeps = {
  streams: Pick<StreamStore, "bounds" | "readAfter">;
  wakes: Wakes;
  environment: Pick<Environment, "wait">;
  onError: (error: unknown) => void;
};

export function parseEntry(row: { seq: number; event: string }): Entry {
  return { seq: row.seq, event: JSON.parse(row.event) as StreamEvent };
}

/** Asks again, every second at last, until the database answers; null once `signal` aborted. */
export async function untilRead<TResult>(
  deps: Pick<TailDeps, "environment" | "onError">,
  signal: AbortSignal,
  read: () => Promise<TResult>,
): Promise<TResult | null> {
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(maxRetryMs, retryMs * 2)) {
    try {
      return await read();
    } catch (error) {
      deps.onError(error);
      await deps.environment.wait(retryMs, signal).catch(() => {});
    }
  }
  return null;
}

export function createTail(deps: TailDeps, streamId: string): Tail {
  const stopped = new AbortController();
  const waiting = new Set<() => void>();
  let kept: { entry: Entry; chars: number }[] = [];
  let keptChars = 0;
  let from = 0;
  let to = 0;
  /** The last answer: those who have seen everything all ask for the same. */
  let asked: { seq: number; to: number; entries: readonly Entry[] } = { seq: -1, to: -1, entries: [] };

  function keep(rows: { seq: number; event: string }[]): void {
    for (const row of rows) {
      kept.push({ entry: parseEntry(row), chars: row.event.length });
      keptChars += row.event.length;
      to = row.seq;
    }
    let drop = 0;
    while (kept.length - drop > maxKept || (keptChars > maxKeptChars && kept.length - drop > 1)) {
      keptChars -= kept[drop]?.chars ?? 0;
      from = kept[drop]?.entry.seq ?? from;
      drop++;
    }
    if (drop > 0) kept = kept.slice(drop);
    wakeAll();
  }
  function wakeAll(): void {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  }

  const bell = deps.wakes.listen(streamId);
  const ready = untilRead(deps, stopped.signal, () => deps.streams.bounds(streamId)).then((bounds) => {
    if (!bounds) return;
    from = bounds.headSeq;
    to = bounds.headSeq;
    void pump();
  });

  let reading: Promise<unknown> = ready;
  /** Reads are chained: two at once would keep the same rows twice. */
  function read(): Promise<void> {
    const done = reading.then(async () => {
      for (let full = true; full && !stopped.signal.aborted;) {
        const rows = await untilRead(deps, stopped.signal, () => deps.streams.readAfter(streamId, to, pageSize));
        if (rows && rows.length > 0) keep(rows);
        full = rows?.length === pageSize;
      }
    });
    reading = done;
    return done;
  }
  async function pump(): Promise<void> {
    while (!stopped.signal.aborted) {
      await bell.next(stopped.signal);
      await read();
    }
  }

  return {
    ready,
    from: () => from,
    to: () => to,
    after(seq) {
      if (seq < from) return null;
      if (seq >= to) return [];
      if (seq === asked.seq && to === asked.to) return asked.entries;
      let low = 0;
      let high = kept.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((kept[middle]?.entry.seq ?? 0) > seq) high = middle;
        else low = middle + 1;
      }
      asked = { seq, to, entries: kept.slice(low).map(({ entry }) => entry) };
      return asked.entries;
    },
    waiter(signal) {
      let wake = () => {};
      signal.addEventListener("abort", () => wake(), { once: true });
      return () =>
        new Promise((resolve) => {
          if (signal.aborted || stopped.signal.aborted) return resolve();
          wake = () => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
    },
    settle: read,
    stop() {
      stopped.abort();
      bell[Symbol.dispose]();
      wakeAll();
    },
  };
}

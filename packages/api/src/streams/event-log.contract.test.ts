import { setImmediate as turn } from "node:timers/promises";
import type { Database } from "@chatee/db/database";
import { createStreamStore } from "@chatee/db/streams.store";
import type { StreamStore } from "@chatee/db/streams.store";
import { describeEngines } from "@chatee/db/testing/engines";
import type { Message } from "@chatee/shared/messages";
import type { FollowedEvent, StreamEvent } from "@chatee/shared/stream-event";
import { applyEvent, toTranscript } from "@chatee/shared/transcript";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Environment } from "../environment.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createEventLog } from "./event-log.ts";
import type { EventLog } from "./event-log.ts";
import { createLocalWakes } from "./wakes.ts";
import type { Wakes } from "./wakes.ts";

type Options = { streams?: StreamStore; wakes?: Wakes; pollMs?: number; wait?: Environment["wait"] };

function openLog(db: Database, options: Options = {}) {
  const { streams = createStreamStore(db), wakes = createLocalWakes(), pollMs } = options;
  const { environment, reported } = createTestEnvironment(options.wait ? { wait: options.wait } : {});
  const log = createEventLog({ streams, wakes, environment, pollMs: pollMs ?? null });
  return {
    log,
    reported,
    async append(streamId: string, events: StreamEvent[], pruneRunId?: string) {
      await db.write(...log.append(streamId, events, pruneRunId === undefined ? {} : { pruneRunId }));
      log.announce(streamId);
    },
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}
type OpenLog = ReturnType<typeof openLog>;

const entriesOf = (log: EventLog, streamId: string, after: number, signal: AbortSignal) =>
  log.follow({ streamId, after, signal }, { as: (seq, event) => ({ seq, event }) });

const numbered = (count: number, from = 1): StreamEvent[] =>
  Array.from({ length: count }, (_, index) => ({ type: "message.deleted", messageId: `${from + index}` }));

/** Follows in the background; `pauses` are the turns of the event loop it takes before each event. */
function follow({ log }: OpenLog, streamId: string, after: number, pauses: () => number = () => 0) {
  const stop = new AbortController();
  const seen: { seq: number; event: FollowedEvent }[] = [];
  const done = (async () => {
    for await (const entry of entriesOf(log, streamId, after, stop.signal)) {
      for (let left = pauses(); left > 0; left--) await turn();
      seen.push(entry);
    }
  })();
  return {
    seen,
    seqs: () => seen.map(({ seq }) => seq),
    done,
    async until(seq: number) {
      while ((seen.at(-1)?.seq ?? after) < seq) await turn();
    },
    async stop() {
      stop.abort();
      await done;
    },
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

const answer = (content: string, status: Message["status"]): Message => ({
  messageId: "a",
  sessionId: "s",
  parentId: null,
  seq: 1,
  role: "assistant",
  status,
  content,
  thinking: null,
  toolCalls: null,
  tokenCount: null,
  tokenCountEstimated: false,
  accToken: null,
  ext: null,
  mcpdetail: null,
  model: null,
  llmConfigId: null,
  runId: "r",
  failure: null,
  createdAtMs: 0,
  updatedAtMs: 0,
});
const delta = (offset: number): StreamEvent => ({
  type: "message.delta",
  messageId: "a",
  part: "content",
  offset,
  text: "x",
});

describeEngines("the event log", (open, engine) => {
  test("whoever joins, whenever and however slowly, gets every number once and in order", async () => {
    const db = await open();
    let streams = 0;
    const action = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        join: fc.double({ min: 0, max: 1, noNaN: true }),
        pauses: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
      }),
      fc.record({ turns: fc.nat(4) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        await using here = openLog(db);
        const streamId = `s${++streams}`;
        const followers: { after: number; follower: ReturnType<typeof follow> }[] = [];
        let head = 0;
        let appending: Promise<unknown> = Promise.resolve();
        for (const one of actions) {
          if ("append" in one) {
            const events = numbered(one.append, head + 1);
            head += one.append;
            appending = appending.then(() => here.append(streamId, events));
          } else if ("join" in one) {
            const after = Math.floor(one.join * head);
            let at = 0;
            const follower = follow(here, streamId, after, () => one.pauses[at++ % one.pauses.length] ?? 0);
            followers.push({ after, follower });
          } else {
            for (let left = one.turns; left > 0; left--) await turn();
          }
        }
        await appending;
        for (const { after, follower } of followers) {
          await follower.until(head);
          await follower.stop();
          expect(follower.seqs()).toEqual(range(after + 1, head));
          expect(follower.seen.map(({ event }) => "messageId" in event && event.messageId)).toEqual(
            range(after + 1, head).map(String),
          );
        }
      }),
      { numRuns: engine === "sqlite" ? 60 : 12 },
    );
  });

  test("a follower further behind than what is kept in memory misses nothing", async () => {
    await using here = openLog(await open());
    const quick = follow(here, "s", 0);
    await here.append("s", numbered(1));
    await quick.until(1);
    const stop = new AbortController();
    const stuck = entriesOf(here.log, "s", 0, stop.signal);
    expect((await stuck.next()).value?.seq).toBe(1);
    for (let from = 2; from < 2_000; from += 100) await here.append("s", numbered(100, from));
    await quick.until(2_001);
    expect(quick.seqs()).toEqual(range(1, 2_001));
    const rest: number[] = [];
    for await (const { seq } of stuck) {
      rest.push(seq);
      if (seq === 2_001) break;
    }
    expect(rest).toEqual(range(2, 2_001));
    await quick.stop();
  });

  test("deltas pruned under a slow follower's feet leave it with the whole message all the same", async () => {
    const db = await open();
    await using here = openLog(db);
    await here.append("s", [{ type: "message.created", message: answer("", "streaming") }]);
    const stop = new AbortController();
    const followers = [0, 3, 700].map((taken) => ({
      taken,
      stream: entriesOf(here.log, "s", 0, stop.signal),
      seen: [] as FollowedEvent[],
    }));
    const total = 1_500;
    for (let offset = 0; offset < total; offset += 50)
      await here.append("s", range(offset, offset + 49).map(delta), "r");
    for (const { taken, stream, seen } of followers) {
      while (seen.length < taken) {
        const { value } = await stream.next();
        if (value) seen.push(value.event);
      }
    }
    const whole = answer("x".repeat(total), "completed");
    const ending: StreamEvent[] = [
      { type: "message.completed", message: whole },
      { type: "run.completed", runId: "r" },
    ];
    await here.log.settle("s");
    await db.write(...here.log.append("s", ending), here.log.pruneRun("s", "r", 0));
    here.log.announce("s");
    for (const { stream, seen } of followers) {
      while (seen.at(-1)?.type !== "run.completed") {
        const { value } = await stream.next();
        if (value) seen.push(value.event);
      }
      const folded = seen.reduce(applyEvent, toTranscript({ messages: [] }));
      expect(folded).toEqual({ messages: [whole], stale: false });
    }
    stop.abort();
  });

  test("a follower whose unread events the retention rule removed is told so and goes on from there", async () => {
    const db = await open();
    await using here = openLog(db);
    await here.append("s", numbered(10));
    const stop = new AbortController();
    const behind = entriesOf(here.log, "s", 2, stop.signal);
    expect((await behind.next()).value?.seq).toBe(3);
    for (let from = 11; from < 2_000; from += 100) await here.append("s", numbered(100, from));
    await db.write(...here.log.forget("s", 1_000));
    const seen: { seq: number; type: string }[] = [];
    for await (const { seq, event } of behind) {
      seen.push({ seq, type: event.type });
      if (seq === 2_010) break;
    }
    const resynced = seen.findIndex(({ type }) => type === "resync");
    expect(seen[resynced]).toEqual({ seq: 1_000, type: "resync" });
    expect(seen.slice(0, resynced).map(({ seq }) => seq)).toEqual(range(4, 3 + resynced));
    expect(seen.slice(resynced + 1).map(({ seq }) => seq)).toEqual(range(1_001, 2_010));
    stop.abort();
  });

  test("a follower that is held takes the next event when it is let go, and ends with its session", async () => {
    await using here = openLog(await open());
    await here.append("s", [...numbered(2), { type: "session.deleted", sessionId: "s" }, ...numbered(1, 3)]);
    const seen: (number | string)[] = [];
    let held = Promise.withResolvers<void>();
    const signal = new AbortController().signal;
    const show = { as: (seq: number, event: FollowedEvent) => [seq, event.type], taken: () => held.promise };
    const first = { type: "resync", reason: "pruned" } as const;
    const done = (async () => {
      for await (const entry of here.log.follow({ streamId: "s", after: 0, first, signal }, show)) seen.push(...entry);
    })();
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    for (let turns = 0; turns < 200; turns++) await turn();
    expect(seen).toEqual([0, "resync", 1, "message.deleted"]);
    const letGo = held;
    held = Promise.withResolvers();
    letGo.resolve();
    await vi.waitFor(() => expect(seen).toHaveLength(6));
    held.resolve();
    await done;
    expect(seen.slice(4)).toEqual([2, "message.deleted", 3, "session.deleted"]);
  });

  test("reads that fail for a while cost a follower time, nothing else", async () => {
    const db = await open();
    const real = createStreamStore(db);
    let failures = 5;
    const failing = <TArgs extends unknown[], TResult>(read: (...args: TArgs) => Promise<TResult>) => {
      return async (...args: TArgs) => {
        if (failures-- > 0) throw new Error("the database went away");
        return await read(...args);
      };
    };
    const streams = { ...real, readAfter: failing(real.readAfter), bounds: failing(real.bounds) };
    await using here = openLog(db, { streams, wait: () => turn() });
    const follower = follow(here, "s", 0);
    await here.append("s", numbered(3));
    await follower.until(3);
    failures = 3;
    await here.append("s", numbered(3, 4));
    await follower.until(6);
    expect(follower.seqs()).toEqual(range(1, 6));
    expect(here.reported.filter(({ level }) => level === "warn").length).toBeGreaterThanOrEqual(8);
    await follower.stop();
  });

  test("an event of another process arrives although its wake was lost", async () => {
    const db = await open();
    await using here = openLog(db, { pollMs: 20 });
    await using there = openLog(db);
    const follower = follow(here, "s", 0);
    await there.append("s", numbered(2));
    await follower.until(2);
    await there.append("s", numbered(300, 3));
    await follower.until(302);
    expect(follower.seqs()).toEqual(range(1, 302));
    await follower.stop();
  });

  test("closing the log ends whoever follows: one that waits, one in mid-page, and one that comes too late", async () => {
    const here = openLog(await open());
    await here.append("s", numbered(5));
    const waiting = follow(here, "s", 0);
    await waiting.until(5);
    const reading = entriesOf(here.log, "s", 0, new AbortController().signal);
    await reading.next();
    await here[Symbol.asyncDispose]();
    await waiting.done;
    expect((await reading.next()).done).toBe(true);
    const late = entriesOf(here.log, "s", 0, new AbortController().signal);
    expect((await late.next()).done).toBe(true);
  });

  test("following for long leaves nothing behind on the caller's signal", async () => {
    await using here = openLog(await open());
    const stop = new AbortController();
    const added: string[] = [];
    const { addEventListener, removeEventListener } = stop.signal;
    stop.signal.addEventListener = (...args: unknown[]) => {
      added.push("add");
      Reflect.apply(addEventListener, stop.signal, args);
    };
    stop.signal.removeEventListener = (...args: unknown[]) => {
      added.pop();
      Reflect.apply(removeEventListener, stop.signal, args);
    };
    const stream = entriesOf(here.log, "s", 0, stop.signal);
    for (let index = 1; index <= 50; index++) {
      const next = stream.next();
      await here.append("s", numbered(1, index));
      expect((await next).value?.seq).toBe(index);
    }
    expect(added.length).toBeLessThan(5);
    stop.abort();
  });
});

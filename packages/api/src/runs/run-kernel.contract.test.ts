import { setImmediate as turn } from "node:timers/promises";
import { describeEngines } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { isTerminal, note, notesOf, openTestRuns } from "../testing/test-runs.ts";
import type { Parts } from "../testing/test-runs.ts";
import { createLocalWakes } from "../streams/wakes.ts";
import type { RunContext } from "./run-handler.ts";
import type { RunEnd } from "./run-writer.ts";

const completed: RunEnd = { status: "completed" };
const aborted = ({ signal }: RunContext) =>
  new Promise<RunEnd>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
const bug = async () => {
  throw new TypeError("cannot read properties of undefined");
};

describeEngines("the run kernel", (open) => {
  test.each<[string, Parts, string[]]>([
    ["open", { open: bug }, ["abandoned"]],
    ["work", { work: bug }, ["closed"]],
    ["close", { close: bug }, ["abandoned"]],
    ["close and abandon", { close: bug, abandon: () => JSON.parse("{") as never }, []],
  ])(
    "a run whose %s fails on a bug still ends, once, as failed, with an id that the log knows",
    async (_part, parts, notes) => {
      await using here = openTestRuns(await open(), { parts });
      const run = await here.begin(async () => completed);
      const { status, events } = await here.ended(run);
      expect(status).toBe("failed");
      expect(events.filter(isTerminal)).toMatchObject([
        { type: "run.failed", failure: { code: "run.internal_error" } },
      ]);
      expect(notesOf(events)).toEqual(notes);
      const failure = events.flatMap((event) => (event.type === "run.failed" ? [event.failure] : []))[0];
      const ids = here.reported.map(({ fields }) => fields["errorId"]);
      expect(failure && "errorId" in failure && ids.includes(failure.errorId)).toBe(true);
    },
  );

  test("a run taken over whose restore fails on a bug ends all the same", async () => {
    const db = await open();
    await using here = openTestRuns(db, { parts: { restore: bug } });
    const run = { ...here.claimed(), leaseOwner: "a-dead-boot" };
    await db.write(here.runs.insert(run));
    await here.kernel.openUpkeep();
    const { status, events } = await here.ended(run);
    expect(status).toBe("failed");
    expect(events.filter(isTerminal)).toHaveLength(1);
    expect(notesOf(events)).toEqual(["abandoned"]);
  });

  test("a run of a kind that this version does not know is not left running", async () => {
    const db = await open();
    await using here = openTestRuns(db);
    const run = { ...here.claimed("from-the-future"), leaseOwner: "a-dead-boot" };
    await db.write(here.runs.insert(run));
    await here.kernel.openUpkeep();
    expect(await here.ended(run)).toMatchObject({ status: "interrupted", types: ["run.interrupted"] });
  });

  test("a handler that ignores its signal is let go, and what it writes later is refused", async () => {
    await using here = openTestRuns(await open());
    const late = Promise.withResolvers<boolean>();
    const go = Promise.withResolvers<void>();
    const run = await here.begin(async ({ writer }) => {
      await go.promise;
      late.resolve(await writer.event(note("too late")));
      return completed;
    });
    expect(await here.kernel.cancel("ann", run.runId)).toBe(true);
    const { types } = await here.ended(run);
    expect(types.filter((type) => type.startsWith("run."))).toEqual(["run.cancelled"]);
    go.resolve();
    expect(await late.promise).toBe(false);
    expect(notesOf(await here.events(run))).toEqual(["closed"]);
  });

  test("cancel racing completion gives exactly one end, and row and log agree on it", async () => {
    await using here = openTestRuns(await open());
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < 200; round++) {
      const run = await here.begin(async (context) => {
        for (let left = Math.floor(Math.random() * 6); left > 0; left--) await turn();
        if (Math.random() < 0.5) await context.writer.event(note("said"));
        context.signal.throwIfAborted();
        return completed;
      });
      const cancels = [0, 1].map(async () => {
        for (let left = Math.floor(Math.random() * 12); left > 0; left--) await turn();
        return await here.kernel.cancel("ann", run.runId);
      });
      await Promise.all(cancels);
      const { status = "none", types } = await here.ended(run);
      expect(types.filter((type) => type.startsWith("run."))).toEqual([`run.${status}`]);
      expect(await here.kernel.cancel("ann", run.runId)).toBe(false);
      outcomes[status] = (outcomes[status] ?? 0) + 1;
    }
    expect(Object.keys(outcomes).every((status) => ["completed", "cancelled"].includes(status))).toBe(true);
  });

  test("a cancel that comes before the run was registered stops it", async () => {
    const db = await open();
    await using here = openTestRuns(db, { parts: { work: (_state, context) => aborted(context) } });
    await here.kernel.openUpkeep();
    const run = here.claimed();
    await db.write(here.runs.insert(run));
    expect(await here.kernel.cancel("ann", run.runId)).toBe(true);
    here.kernel.start(run);
    expect(await here.ended(run)).toMatchObject({ status: "cancelled" });
  });

  test.each(["shared wakes", "lost wakes"])("a cancel from another process arrives over %s", async (how) => {
    const db = await open();
    const wakes = createLocalWakes();
    await using here = openTestRuns(db, { wakes });
    await using there = openTestRuns(db, how === "shared wakes" ? { wakes } : {});
    await here.kernel.openUpkeep();
    const run = await here.begin(aborted);
    expect(await there.kernel.cancel("bob", run.runId)).toBe(false);
    expect(await there.kernel.cancel("ann", run.runId)).toBe(true);
    expect(await here.ended(run)).toMatchObject({ status: "cancelled" });
  });

  test("a takeover raises the fence: the old worker's text, events and end are refused, and it is told to stop", async () => {
    const db = await open();
    await using here = openTestRuns(db);
    const go = Promise.withResolvers<void>();
    const refused = Promise.withResolvers<unknown[]>();
    const run = await here.begin(async ({ writer, signal }) => {
      await writer.event({ type: "message.delta", messageId: "m", part: "content", offset: 0, text: "seen" });
      await go.promise;
      void writer.delta("m", "content", 4, " unseen");
      refused.resolve([await writer.event(note("zombie")), signal.reason]);
      return completed;
    });
    while ((await here.events(run)).length === 0) await turn();
    await using there = openTestRuns(db);
    await there.kernel.openUpkeep();
    const ended = await there.ended(run);
    expect(ended).toMatchObject({ status: "interrupted", types: ["message.deleted", "run.interrupted"] });
    go.resolve();
    expect(await refused.promise).toEqual([false, "fenced"]);
    await here.kernel.ended(run.runId);
    expect(await there.events(run)).toEqual(ended.events);
  });

  test("a process that starts again takes over every run that the last one left, however many", async () => {
    const db = await open();
    await using here = openTestRuns(db);
    const left = Array.from({ length: 520 }, () => ({ ...here.claimed(), leaseOwner: "a-dead-boot" }));
    await db.write(...left.map(here.runs.insert));
    await here.kernel.openUpkeep();
    const runIds = left.map(({ runId }) => runId);
    while ((await here.runs.going(runIds)).length > 0) await here.environment.wait(100);
    for (const run of left.slice(-5)) expect(await here.ended(run)).toMatchObject({ status: "interrupted" });
  });

  test("a run whose start was lost, because nobody heard of its commit, is closed by the process that holds it", async () => {
    const db = await open();
    await using here = openTestRuns(db);
    await here.kernel.openUpkeep();
    const run = here.claimed();
    await db.write(here.runs.insert(run));
    expect(await here.ended(run)).toMatchObject({ status: "interrupted" });
  });

  test("a run whose stream was removed is stopped, and leaves nothing behind", async () => {
    const db = await open();
    await using here = openTestRuns(db);
    await using there = openTestRuns(db);
    await here.kernel.openUpkeep();
    const stopped = Promise.withResolvers<unknown>();
    const run = await here.begin(async (context) => {
      await aborted(context).catch(stopped.resolve);
      return completed;
    });
    await db.write(...there.runs.removeAll(run.streamId));
    there.kernel.recheck();
    expect(await stopped.promise).toBe("fenced");
    await here.kernel.ended(run.runId);
    expect(await here.events(run)).toEqual([]);
  });

  test("draining interrupts what runs and what is still started, stores it, and waits no longer than that", async () => {
    const db = await open();
    const here = openTestRuns(db);
    const running = await Promise.all([here.begin(aborted), here.begin(aborted)]);
    const late = here.claimed();
    await db.write(here.runs.insert(late));
    const startedMs = performance.now();
    const drained = here.kernel.drain(60_000);
    here.kernel.start(late);
    await drained;
    expect(performance.now() - startedMs).toBeLessThan(4_000);
    expect(here.kernel.activeCount()).toBe(0);
    for (const run of [...running, late])
      expect(await here.ended(run)).toMatchObject({
        types: expect.arrayContaining([expect.stringMatching(/^run\.(interrupted|completed)$/)]),
      });
    await here[Symbol.asyncDispose]();
  });
});

describeEngines("processes that share a database", (open) => {
  const dayMs = 86_400_000;

  test("clocks a day apart make nobody take over a run that is worked on", async () => {
    const db = await open();
    const shared = { sharesDatabase: true, isProcessAlive: async () => true };
    for (const skew of [dayMs, -dayMs]) {
      await using here = openTestRuns(db, { ...shared, environment: { now: () => Date.now() - skew } });
      await using there = openTestRuns(db, { ...shared, environment: { now: () => Date.now() + skew } });
      const go = Promise.withResolvers<void>();
      const run = await here.begin(async ({ writer }) => {
        await writer.event(note("before"));
        await go.promise;
        await writer.event(note("after"));
        return completed;
      });
      await there.kernel.openUpkeep();
      await there.environment.wait(5_000);
      go.resolve();
      expect(await here.ended(run)).toMatchObject({ status: "completed" });
    }
  });

  test("a dead process is believed dead after a moment's doubt, whatever its lease says", async () => {
    const db = await open();
    await using here = openTestRuns(db, { sharesDatabase: true, isProcessAlive: async (bootId) => bootId !== "dead" });
    const run = { ...here.claimed(), leaseOwner: "dead", leaseUntilMs: Date.now() + dayMs };
    const alive = { ...here.claimed(), leaseOwner: "alive", leaseUntilMs: Date.now() - dayMs };
    await db.write(here.runs.insert(run), here.runs.insert(alive));
    await here.kernel.openUpkeep();
    expect(await here.ended(run)).toMatchObject({ status: "interrupted" });
    expect((await here.runs.findClaimed(alive.runId))?.status).toBe("running");
  });

  test("a process that lives but lets its leases stand still loses its runs", async () => {
    const db = await open();
    let elapsedMs = 0;
    await using here = openTestRuns(db, {
      sharesDatabase: true,
      isProcessAlive: async () => true,
      environment: { elapsedMs: () => (elapsedMs += 1_000) },
    });
    const run = { ...here.claimed(), leaseOwner: "hanging" };
    await db.write(here.runs.insert(run));
    await here.kernel.openUpkeep();
    expect(await here.ended(run)).toMatchObject({ status: "interrupted" });
    expect(elapsedMs).toBeGreaterThan(35_000);
  });

  test("of several processes that see the same dead one, one closes its run", async () => {
    const db = await open();
    const shared = { sharesDatabase: true };
    await using first = openTestRuns(db, shared);
    await using second = openTestRuns(db, shared);
    await using third = openTestRuns(db, shared);
    const left = Array.from({ length: 20 }, () => ({ ...first.claimed(), leaseOwner: "dead" }));
    await db.write(...left.map(first.runs.insert));
    await Promise.all([first, second, third].map(({ kernel }) => kernel.openUpkeep()));
    for (const run of left) {
      const { events } = await first.ended(run);
      expect(events.map(({ type }) => type)).toEqual(["message.deleted", "run.interrupted"]);
    }
  });
});

import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import { createRunStore } from "./runs.store.ts";
import type { Run } from "./runs.store.ts";
import { createStreamStore } from "./streams.store.ts";
import { describeEngines } from "./testing/engines.ts";
import { isUniqueViolation } from "./violations.ts";

describeEngines("run store", (open) => {
  type NewRun = Parameters<ReturnType<typeof createRunStore>["insert"]>[0];
  const running = (runId: string, values: Partial<NewRun> = {}): NewRun => ({
    runId,
    ownerId: "ann",
    kind: "chat",
    streamId: "s1",
    subjectId: `m-${runId}`,
    status: "running",
    input: { text: "数🦀", nothing: null },
    budget: null,
    idempotencyKey: `key-${runId}`,
    fence: 1,
    leaseOwner: "boot1",
    leaseUntilMs: 100,
    wakeAtMs: null,
    parentRunId: null,
    parentStepKey: null,
    startSeq: 0,
    createdAtMs: 1,
    ...values,
  });
  async function openRuns(...rows: NewRun[]) {
    const db = await open();
    const runs = createRunStore(db);
    await db.write(...rows.map(runs.insert));
    const find = async (runId: string): Promise<Run> => {
      const run = await runs.find("ann", runId);
      if (!run) throw new Error(`${runId} is not there`);
      return run;
    };
    return { db, runs, find };
  }
  const claim = { runId: "r1", fence: 1 };

  it("keeps a run as it was pinned and hands it to its owner alone", async () => {
    const { runs, find } = await openRuns(running("r1"));
    expect(await find("r1")).toEqual({
      ...running("r1"),
      appends: 0,
      attempts: 0,
      output: null,
      failure: null,
      cancelRequestedAtMs: null,
      finishedAtMs: null,
    });
    expect(await runs.find("bob", "r1")).toBeUndefined();
    expect(await runs.findBySubject("ann", "m-r1")).toMatchObject({ runId: "r1" });
    expect(await runs.findBySubject("bob", "m-r1")).toBeUndefined();
    expect(await runs.findByIdempotencyKey("bob", "key-r1")).toBeUndefined();
    expect(await runs.findClaimed("r1")).toMatchObject({ runId: "r1" });
  });

  it("takes an owner's idempotency key once, another owner's beside it, and any number of runs without one", async () => {
    const { db, runs } = await openRuns(running("r1"), running("r2", { idempotencyKey: null }));
    const again = db.write(runs.insert(running("r3", { idempotencyKey: "key-r1" })));
    expect(isUniqueViolation(await again.catch((error: unknown) => error))).toBe(true);
    await db.write(
      runs.insert(running("r4", { idempotencyKey: "key-r1", ownerId: "bob" })),
      runs.insert(running("r5", { idempotencyKey: null })),
      runs.insert(running("r6", { idempotencyKey: "KEY-r1" })),
    );
    expect(await runs.findByIdempotencyKey("ann", "key-r1")).toMatchObject({ runId: "r1" });
  });

  it("gives the newest run of a subject", async () => {
    const { runs } = await openRuns(
      running("r2", { subjectId: "m", createdAtMs: 2 }),
      running("r1", { subjectId: "m", createdAtMs: 1 }),
      running("r3", { subjectId: "m", createdAtMs: 3, ownerId: "bob" }),
    );
    expect(await runs.findBySubject("ann", "m")).toMatchObject({ runId: "r2" });
  });

  it("appends only in turn, for the holder of the fence, while the run goes on", async () => {
    const { db, runs, find } = await openRuns(running("r1"));
    const streams = createStreamStore(db);
    const append = (fence: number, appends: number) =>
      wrote(
        db,
        runs.countAppend({ runId: "r1", fence }, appends, 500 + appends),
        ...streams.append("s1", [{ event: `"${fence}/${appends}"`, pruneRunId: "r1" }], 1),
      );
    expect(await append(1, 0)).toBe(true);
    expect(await append(1, 0)).toBe(false);
    expect(await append(1, 2)).toBe(false);
    expect(await append(0, 1)).toBe(false);
    expect(await append(2, 1)).toBe(false);
    expect(await append(1, 1)).toBe(true);
    expect(await find("r1")).toMatchObject({ appends: 2, leaseUntilMs: 501 });
    await db.write(runs.finish(claim, { status: "completed", atMs: 9 }));
    expect(await append(1, 2)).toBe(false);
    expect((await streams.readAfter("s1", 0, 9)).map((entry) => entry.event)).toEqual(['"1/0"', '"1/1"']);
  });

  it("commits one of several batches that were sent as the same one", async () => {
    const { db, runs } = await openRuns(running("r1"));
    const streams = createStreamStore(db);
    const attempts = Array.from({ length: 8 }, () =>
      wrote(db, runs.countAppend(claim, 0, 500), ...streams.append("s1", [{ event: "{}" }], 1)),
    );
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    expect(await streams.bounds("s1")).toEqual({ headSeq: 1, tailSeq: 0 });
  });

  it("refuses every write of a worker whose run was taken over", async () => {
    const { db, runs, find } = await openRuns(running("r1"));
    const before = await find("r1");
    expect(await runs.takeOver(before, "boot2", 900)).toEqual({ runId: "r1", fence: 2 });
    expect(await wrote(db, runs.guard(claim, 999))).toBe(false);
    expect(await wrote(db, runs.countAppend(claim, 0, 999))).toBe(false);
    expect(await wrote(db, runs.finish(claim, { status: "completed", atMs: 9 }))).toBe(false);
    expect(await db.write(runs.extendLeases(["r1"], "boot1", 999))).toEqual([0]);
    expect(await find("r1")).toMatchObject({
      fence: 2,
      leaseOwner: "boot2",
      leaseUntilMs: 900,
      status: "running",
      appends: 0,
      attempts: 1,
    });
    expect(await wrote(db, runs.guard({ runId: "r1", fence: 2 }, 950))).toBe(true);
    expect(await db.write(runs.extendLeases(["r1", "none"], "boot2", 960))).toEqual([1]);
  });

  it("lets one of several processes take a run over, and none once it has ended", async () => {
    const { db, runs, find } = await openRuns(running("r1"));
    const seen = await find("r1");
    const claims = await Promise.all(["a", "b", "c", "d"].map((boot) => runs.takeOver(seen, boot, 900)));
    expect(claims.filter((one) => one !== null)).toEqual([{ runId: "r1", fence: 2 }]);
    const taken = await find("r1");
    await db.write(runs.finish({ runId: "r1", fence: 2 }, { status: "failed", failure: { code: "x" }, atMs: 9 }));
    expect(await runs.takeOver(taken, "late", 900)).toBeNull();
  });

  it("ends a run once, by whichever of its ends came first", async () => {
    const { db, runs, find } = await openRuns(running("r1"));
    const ends = (["completed", "cancelled", "failed", "interrupted"] as const).map((status) =>
      wrote(db, runs.finish(claim, { status, output: { by: status }, atMs: 7 })),
    );
    const won = (await Promise.all(ends)).filter(Boolean);
    expect(won).toHaveLength(1);
    const ended = await find("r1");
    expect(ended).toMatchObject({ finishedAtMs: 7, leaseOwner: null, leaseUntilMs: null, failure: null });
    expect(ended.output).toEqual({ by: ended.status });
  });

  it("asks a run to stop while it goes on, for its owner, and remembers when that was first", async () => {
    const { db, runs, find } = await openRuns(running("r1"), running("r2", { status: "queued" }));
    expect(await runs.requestCancel("bob", "r1", 5)).toBe(false);
    expect(await runs.requestCancel("ann", "none", 5)).toBe(false);
    expect(await runs.requestCancel("ann", "r1", 5)).toBe(true);
    expect(await runs.requestCancel("ann", "r1", 6)).toBe(true);
    expect(await runs.requestCancel("ann", "r2", 7)).toBe(true);
    expect((await find("r1")).cancelRequestedAtMs).toBe(5);
    await db.write(runs.finish(claim, { status: "cancelled", atMs: 9 }));
    expect(await runs.requestCancel("ann", "r1", 10)).toBe(false);
  });

  it("finds the runs of other processes, oldest first, those of nobody among them", async () => {
    const { runs } = await openRuns(
      running("r1", { createdAtMs: 4 }),
      running("r2", { createdAtMs: 3, leaseOwner: "boot2" }),
      running("r3", { createdAtMs: 2, leaseOwner: null }),
      running("r4", { createdAtMs: 1, leaseOwner: "boot2", status: "completed" }),
    );
    expect((await runs.foreign("boot1", 10)).map((run) => run.runId)).toEqual(["r3", "r2"]);
    expect((await runs.foreign("boot1", 1)).map((run) => run.runId)).toEqual(["r3"]);
    expect((await runs.foreign("boot3", 10)).map((run) => run.runId)).toEqual(["r3", "r2", "r1"]);
  });

  it("hands out what is due, the longest waiting first, and to one process each", async () => {
    const { runs, find } = await openRuns(
      running("r1", { status: "queued", wakeAtMs: 20, leaseOwner: null }),
      running("r2", { status: "waiting", wakeAtMs: 10, leaseOwner: null }),
      running("r3", { status: "waiting", wakeAtMs: null, leaseOwner: null }),
      running("r4", { status: "queued", wakeAtMs: 31, leaseOwner: null }),
    );
    const due = await runs.due(30, 10);
    expect(due.map((run) => run.runId)).toEqual(["r2", "r1"]);
    const claims = await Promise.all(["a", "b", "c"].map((boot) => runs.claim(due[0] as Run, boot, 900)));
    expect(claims.filter((one) => one !== null)).toEqual([{ runId: "r2", fence: 2 }]);
    expect(await find("r2")).toMatchObject({ status: "running", wakeAtMs: null, leaseUntilMs: 900 });
    expect(await runs.claim(due[0] as Run, "d", 900)).toBeNull();
  });

  it("keeps a journal of steps in their order, each attempt once", async () => {
    const { db, runs } = await openRuns(running("r1"));
    const step = {
      runId: "r1",
      stepKey: "tool:1",
      attempt: 1,
      effect: "effect" as const,
      input: { a: [1] },
      startedAtMs: 2,
    };
    await db.write(runs.startStep({ ...step, stepKey: "model:1", startedAtMs: 1 }), runs.startStep(step));
    const again = db.write(runs.startStep(step));
    expect(isUniqueViolation(await again.catch((error: unknown) => error))).toBe(true);
    await db.write(runs.settleStep({ runId: "r1", stepKey: "tool:1", attempt: 1, output: "done", settledAtMs: 3 }));
    expect((await runs.steps("r1")).map((one) => [one.stepKey, one.output, one.settledAtMs])).toEqual([
      ["model:1", null, null],
      ["tool:1", "done", 3],
    ]);
    expect(await runs.steps("none")).toEqual([]);
  });
});

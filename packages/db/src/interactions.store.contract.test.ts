import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import type { Database } from "./database.ts";
import { createInteractionStore } from "./interactions.store.ts";
import type { NewInteraction } from "./interactions.store.ts";
import { createRunStore } from "./runs.store.ts";
import { describeEngines } from "./testing/engines.ts";

const question = (interactionId: string, values: Partial<NewInteraction> = {}): NewInteraction => ({
  interactionId,
  ownerId: "ann",
  sessionId: "chat",
  messageId: "m1",
  runId: null,
  toolCallId: "call_ü",
  serverId: "s1",
  kind: "approval",
  request: { arguments: { path: "/数" } },
  createdAtMs: 10,
  expiresAtMs: 100,
  ...values,
});
const answered = { status: "answered" as const, response: { decision: "allow" }, atMs: 20 };

async function openRun(db: Database, runId: string) {
  const run = {
    runId,
    ownerId: "ann",
    kind: "chat",
    streamId: "chat",
    subjectId: null,
    status: "running",
    input: null,
    budget: null,
    idempotencyKey: null,
    fence: 1,
    leaseOwner: "boot",
    leaseUntilMs: 1,
    wakeAtMs: null,
    parentRunId: null,
    parentStepKey: null,
    startSeq: 0,
    createdAtMs: 1,
  };
  await db.write(createRunStore(db).insert(run));
}

describeEngines("interaction store", (open) => {
  it("lists what is open and not too late, oldest first, of its owner and session alone", async () => {
    const db = await open();
    const store = createInteractionStore(db);
    await db.write(
      ...store.open(question("i2")),
      ...store.open(question("i1")),
      ...store.open(question("i3", { createdAtMs: 5, sessionId: "other" })),
      ...store.open(question("late", { expiresAtMs: 50 })),
      ...store.open(question("foreign", { ownerId: "bob" })),
    );
    const idsOf = async (sessionId?: string) =>
      (await store.listOpen("ann", 50, sessionId)).map((row) => row.interactionId);
    expect(await idsOf()).toEqual(["i3", "i1", "i2"]);
    expect(await idsOf("chat")).toEqual(["i1", "i2"]);
    expect(await store.find("bob", "i1")).toBeUndefined();
    expect(await store.find("ann", "i1")).toEqual({
      ...question("i1"),
      status: "open",
      response: null,
      answeredAtMs: null,
    });
  });

  it("counts the first answer only, and none of a stranger's", async () => {
    const db = await open();
    const store = createInteractionStore(db);
    await db.write(...store.open(question("i1")));
    expect(await wrote(db, store.settle("bob", "i1", answered))).toBe(false);
    const both = await Promise.all([
      wrote(db, store.settle("ann", "i1", answered)),
      wrote(db, store.settle("ann", "i1", { ...answered, response: { decision: "deny" } })),
    ]);
    expect(both.filter(Boolean)).toHaveLength(1);
    expect(await store.find("ann", "i1")).toMatchObject({ status: "answered", answeredAtMs: 20 });
  });

  it("asks nothing for a run that has ended, and expires what a run still asks with it", async () => {
    const db = await open();
    const store = createInteractionStore(db);
    const runs = createRunStore(db);
    await openRun(db, "r1");
    await db.write(
      ...store.open(question("i1", { runId: "r1" })),
      ...store.open(question("i2", { runId: "r1" })),
      ...store.open(question("other")),
    );
    await db.write(store.settle("ann", "i1", answered));
    expect((await store.openOfRun("r1")).map((row) => row.interactionId)).toEqual(["i2"]);
    await db.write(
      runs.finish({ runId: "r1", fence: 1 }, { status: "interrupted", atMs: 30 }),
      store.expireRun("r1", 30),
    );
    expect(await store.find("ann", "i1")).toMatchObject({ status: "answered" });
    expect(await store.find("ann", "i2")).toMatchObject({ status: "expired", answeredAtMs: 30 });
    expect(await store.find("ann", "other")).toMatchObject({ status: "open" });
    expect(await wrote(db, ...store.open(question("i3", { runId: "r1" })))).toBe(false);
    expect(await store.find("ann", "i3")).toBeUndefined();
  });

  it("goes with its session, and when it was settled long ago", async () => {
    const db = await open();
    const store = createInteractionStore(db);
    await db.write(
      ...store.open(question("i1")),
      ...store.open(question("i2", { sessionId: null })),
      ...store.open(question("i3", { sessionId: null, createdAtMs: 99 })),
    );
    await db.write(store.removeSession("chat"));
    await db.write(store.settle("ann", "i2", answered), store.settle("ann", "i3", answered));
    await db.write(store.removeSettled("ann", 50));
    const left = await Promise.all(["i1", "i2", "i3"].map((one) => store.find("ann", one)));
    expect(left.map((row) => row?.interactionId)).toEqual([undefined, undefined, "i3"]);
  });
});

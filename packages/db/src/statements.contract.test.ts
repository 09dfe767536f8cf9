import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import { insert, must, NothingTouched, raw, remove, update, upsert } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";
import { isUniqueViolation } from "./violations.ts";

describeEngines("writes", (open) => {
  const audit = (auditId: string, atMs = 1) => ({ auditId, ownerId: "ann", action: "x", subjectId: "y", atMs });
  const stream = (streamId: string, headSeq = 0) => ({ streamId, headSeq, tailSeq: 0, updatedAtMs: 1 });

  it("run in their order, see what those before them did, and count the rows each one touched", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const counts = await db.write(
      insert(t, [audit("a1"), audit("a2"), audit("a3")]),
      update(t, { atMs: 2 }, inArray(t.auditId, ["a1", "a2"])),
      remove(t, eq(t.atMs, 2)),
      update(t, { atMs: 3 }, eq(t.auditId, "a1")),
      raw(sql`delete from audit_log where audit_id = ${"a3"}`),
    );
    expect(counts).toEqual([3, 2, 2, 0, 1]);
    expect(await db.read.select().from(t)).toEqual([]);
  });

  it("count a row that an update finds, also when nothing in it changes", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    await db.write(insert(t, audit("a1")));
    expect(await db.write(must(update(t, { atMs: 1 }, eq(t.auditId, "a1"))))).toEqual([1]);
  });

  it("count one row for an upsert, whether it inserts, changes or leaves as it is", async () => {
    const db = await open();
    const { eventStreams: t } = db.tables;
    const put = (headSeq: number) => must(upsert(t, stream("s", headSeq), { headSeq }));
    const prepared = db.prepareWrite(
      upsert(t, { ...stream("s"), headSeq: sql.placeholder("head") }, { headSeq: sql`${sql.placeholder("head")}` }),
    );
    expect(await db.write(put(1))).toEqual([1]);
    expect(await db.write(put(2))).toEqual([1]);
    expect(await db.write(put(2))).toEqual([1]);
    expect(await db.write(prepared({ head: 2 }), prepared({ head: 7 }))).toEqual([1, 1]);
    expect(await db.read.select().from(t)).toMatchObject([{ headSeq: 7 }]);
  });

  it("happen wholly or not at all when a statement must touch a row and does not", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    await db.write(insert(t, audit("old")));
    const outcome = await db
      .write(
        insert(t, audit("a1")),
        update(t, { atMs: 9 }, eq(t.auditId, "old")),
        must(remove(t, eq(t.auditId, "none"))),
        insert(t, audit("a2")),
      )
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(NothingTouched);
    expect((outcome as NothingTouched).index).toBe(2);
    expect(await db.read.select().from(t)).toEqual([audit("old")]);
    expect(await wrote(db, must(remove(t, eq(t.auditId, "none"))))).toBe(false);
    expect(await wrote(db, must(remove(t, eq(t.auditId, "old"))))).toBe(true);
    expect(await db.write()).toEqual([]);
  });

  it("happen not at all when a key is taken, within one insert too, and the next write works", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const outcome = await db
      .write(insert(t, audit("a1")), insert(t, [audit("a2"), audit("a1")]))
      .catch((e: unknown) => e);
    expect(isUniqueViolation(outcome)).toBe(true);
    expect(await db.read.select().from(t)).toEqual([]);
    expect(await db.write(insert(t, audit("a1")))).toEqual([1]);
  });

  it("insert any number of rows as one statement that happens wholly or not at all", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const many = Array.from({ length: 1_700 }, (_, index) => audit(`a${index}`));
    expect(await db.write(insert(t, many), insert(t, []))).toEqual([1_700, 0]);
    const again = many.map((row) => ({ ...row, auditId: `b${row.auditId}` }));
    const outcome = await db.write(insert(t, [...again, audit("a0")])).catch((error: unknown) => error);
    expect(isUniqueViolation(outcome)).toBe(true);
    const [row] = await db.read.select({ total: sql<number>`count(*)`.mapWith(Number) }).from(t);
    expect(row).toEqual({ total: 1_700 });
  });

  it("refuse to change or remove every row of a table", async () => {
    const { auditLog: t } = (await open()).tables;
    expect(() => remove(t, undefined)).toThrow(TypeError);
    expect(() => update(t, { atMs: 1 }, and())).toThrow(TypeError);
  });

  it("that cross each other all end, each one done once", async () => {
    const db = await open();
    const { eventStreams: t } = db.tables;
    await db.write(insert(t, [stream("a"), stream("b")]));
    const raise = (id: string) => must(update(t, { headSeq: sql`${t.headSeq} + 1` }, eq(t.streamId, id)));
    const crossing = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0 ? db.write(raise("a"), raise("b")) : db.write(raise("b"), raise("a")),
    );
    await Promise.all(crossing);
    expect(await db.read.select().from(t).orderBy(asc(t.streamId))).toEqual([stream("a", 60), stream("b", 60)]);
  });

  it("let exactly one of those win that change the same row from what they saw", async () => {
    const db = await open();
    const { eventStreams: t } = db.tables;
    await db.write(insert(t, stream("a")));
    const attempts = Array.from({ length: 20 }, (_, index) =>
      wrote(db, must(update(t, { headSeq: index + 1 }, and(eq(t.streamId, "a"), eq(t.headSeq, 0))))),
    );
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
  });

  it("do nothing else when prepared, and take null for NULL", async () => {
    const db = await open();
    const { eventLog: log, runs } = db.tables;
    const slot = sql.placeholder;
    const event = { streamId: "s", event: "{}", pruneRunId: null, atMs: 1 };
    const add = db.prepareWrite(
      insert(log, { ...event, seq: slot("seq"), event: slot("event"), pruneRunId: slot("pruneRunId") }),
    );
    await db.write(
      insert(log, { ...event, seq: 1, event: "数🦀", pruneRunId: null }),
      add({ seq: 2, event: "数🦀", pruneRunId: null }),
      add({ seq: 3, event: "数🦀", pruneRunId: "r" }),
    );
    const [first, second, third] = await db.read.select().from(log).orderBy(asc(log.seq));
    expect(second).toEqual({ ...first, seq: 2 });
    expect(third).toEqual({ ...first, seq: 3, pruneRunId: "r" });
    expect(() => add({ seq: 4, event: "x" })).not.toThrow();
    await expect(async () => db.write(add({ seq: 4, event: "x" }))).rejects.toThrow(/pruneRunId/);
    const end = db.prepareWrite(must(update(runs, { output: slot("output") as never }, eq(runs.runId, slot("runId")))));
    expect(await wrote(db, end({ output: null, runId: "none" }))).toBe(false);
  });

  it("are seen by every read that begins after them", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const read = db.prepareRead(
      db.read
        .select()
        .from(t)
        .where(gt(t.atMs, sql.placeholder("after"))),
    );
    for (let atMs = 1; atMs <= 10; atMs++) {
      await db.writeRelaxed(insert(t, audit(`a${atMs}`, atMs)));
      expect(await read({ after: atMs - 1 })).toHaveLength(1);
      expect(await db.read.select().from(t)).toHaveLength(atMs);
    }
  });
});

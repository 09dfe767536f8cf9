import type { Json } from "@chatee/shared/json";
import { asc, desc, eq, inArray, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database } from "./database.ts";
import { newerThan, olderThan } from "./keyset.ts";
import type { Position } from "./keyset.ts";
import { createMessageStore } from "./messages.store.ts";
import { insert, raw, update } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";
import { messageRow, sessionRow } from "./testing/rows.ts";

describeEngines("columns", (open) => {
  const audit = (auditId: string, atMs = 1) => ({ auditId, ownerId: "ann", action: "x", subjectId: "y", atMs });
  async function openWithSession(): Promise<Database> {
    const db = await open();
    await db.write(insert(db.tables.sessions, sessionRow("s1", { lastSeq: 1 })));
    return db;
  }

  it("compare and order ids byte by byte", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const ids = ["U1", "u1", "u_1", "u-1", "u10", "u2", "Z", "a", ".", "9"];
    await db.write(
      insert(
        t,
        ids.map((id) => audit(id)),
      ),
    );
    expect((await db.read.select().from(t).where(eq(t.auditId, "U1"))).map((row) => row.auditId)).toEqual(["U1"]);
    const ordered = await db.read.select({ id: t.auditId }).from(t).orderBy(asc(t.auditId));
    expect(ordered.map((row) => row.id)).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(await db.write(update(t, { atMs: 5 }, inArray(t.auditId, ["u1", "A"])))).toEqual([1]);
  });

  it("tell texts apart that a language would not", async () => {
    const db = await open();
    const { runs: t } = db.tables;
    const run = { ownerId: "ann", kind: "chat", streamId: "s", status: "queued", fence: 0, appends: 0, attempts: 0 };
    const keys = ["cafe", "Cafe", "café", "cafe\u0301", "ｃａｆｅ", "ß", "ss", "a_b", "a%b", "a\\b"];
    await db.write(
      insert(
        t,
        keys.map((idempotencyKey, index) => ({ ...run, runId: `r${index}`, idempotencyKey, createdAtMs: 1 })),
      ),
    );
    for (const key of keys)
      expect(
        (await db.read.select().from(t).where(eq(t.idempotencyKey, key))).map((row) => row.idempotencyKey),
      ).toEqual([key]);
  });

  it("find nothing for an id that no id can be", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    await db.write(insert(t, audit("a1")));
    const read = db.prepareRead(
      db.read
        .select()
        .from(t)
        .where(eq(t.auditId, sql.placeholder("id"))),
    );
    for (const id of ["é", "数", "🦀", "\u0000", "", "a1\u0000", "x".repeat(5_000), "' or 1=1 -- "]) {
      expect(await db.read.select().from(t).where(eq(t.auditId, id))).toEqual([]);
      expect(await read({ id })).toEqual([]);
      expect(await db.write(update(t, { atMs: 9 }, eq(t.auditId, id)))).toEqual([0]);
    }
  });

  it("keep text of any length and any character, by every way it is written and read", async () => {
    const db = await openWithSession();
    const messages = createMessageStore(db);
    const texts = {
      long: `${"0123456789".repeat(20_000)}🦀`,
      huge: "数据库🦀".repeat(300_000),
      odd: "\u0000 \\ \\' \" ` % _ ? :x \r\n \u2028 👩‍👩‍👧 \u{10ffff} é e\u0301",
      empty: "",
    };
    for (const [index, [messageId, content]] of Object.entries(texts).entries()) {
      await db.write(
        raw(sql`update sessions set last_seq = ${index + 1} where session_id = 's1'`),
        messages.insert(messageRow("s1", messageId, { content, thinking: content, ext: { content } })),
      );
      const row = await messages.find("ann", messageId);
      expect(row?.content === content && row.thinking === content && row.ext?.["content"] === content).toBe(true);
      const [newest] = await messages.page("ann", "s1", 99, 1);
      expect(newest?.content === content && newest.ext?.["content"] === content).toBe(true);
    }
  });

  it("keep JSON as it was, null apart from absent, and refuse what does not fit its schema", async () => {
    const db = await openWithSession();
    const messages = createMessageStore(db);
    const values: Json[] = [
      0,
      "",
      false,
      "null",
      [],
      {},
      { a: [null, { b: "🦀\u0000" }], "": 1e300 },
      [1.5, -0.1],
      "2020-01-01",
    ];
    for (const [index, toolCalls] of values.entries()) {
      await db.write(
        raw(sql`update sessions set last_seq = ${index + 1} where session_id = 's1'`),
        messages.insert(messageRow("s1", `m${index}`, { toolCalls, ext: { toolCalls } })),
      );
      expect(await messages.find("ann", `m${index}`)).toMatchObject({ toolCalls, ext: { toolCalls }, failure: null });
    }
    await db.write(raw(sql`update messages set ext = '[1]' where message_id = 'm0'`));
    await expect(messages.find("ann", "m0")).rejects.toThrow();
    await expect(messages.page("ann", "s1", 2, 1)).rejects.toThrow();
    await db.write(update(db.tables.messages, { ext: null }, eq(db.tables.messages.messageId, "m0")));
    expect((await messages.find("ann", "m0"))?.ext).toBeNull();
  });

  it("keep whole numbers up to 2^53 and flags as booleans", async () => {
    const db = await open();
    const { sessions: t } = db.tables;
    const row = sessionRow("s1", { createdAtMs: Number.MAX_SAFE_INTEGER, accToken: 2 ** 40, updatedAtMs: 0 });
    await db.write(insert(t, row));
    expect(await db.read.select().from(t)).toEqual([row]);
    const read = db.prepareRead(
      db.read
        .select()
        .from(t)
        .where(eq(t.titleIsDefault, sql.placeholder("flag"))),
    );
    expect(await read({ flag: true })).toEqual([row]);
    expect(await read({ flag: false })).toEqual([]);
  });

  it("read the same rows prepared as not, expressions and limits included", async () => {
    const db = await openWithSession();
    const { messages: m } = db.tables;
    const messages = createMessageStore(db);
    const rows = [1, 2, 3].map((n) =>
      messageRow("s1", `m${n}`, { back: 3 - n, ext: { n }, toolCalls: [n], active: n > 1 }),
    );
    await db.write(raw(sql`update sessions set last_seq = 3 where session_id = 's1'`), ...rows.map(messages.insert));
    const query = (limit: number | ReturnType<typeof sql.placeholder>) =>
      db.read
        .select({
          id: m.messageId,
          ext: m.ext,
          active: m.active,
          next: sql<number>`${m.seq} + 1`.mapWith(Number),
          failure: m.failure,
        })
        .from(m)
        .orderBy(desc(m.seq))
        .limit(limit);
    const prepared = db.prepareRead(query(sql.placeholder("limit")));
    expect(await prepared({ limit: 2 })).toEqual(await query(2));
    expect(await prepared({ limit: 2 })).toEqual([
      { id: "m3", ext: { n: 3 }, active: true, next: 4, failure: null },
      { id: "m2", ext: { n: 2 }, active: true, next: 3, failure: null },
    ]);
    await expect(async () => prepared({})).rejects.toThrow(TypeError);
  });

  it("page through rows of the same instant without losing or repeating one, forwards and backwards", async () => {
    const db = await open();
    const { auditLog: t } = db.tables;
    const all = Array.from({ length: 40 }, (_, index) =>
      audit(`${index % 2 ? "a" : "B"}${(index * 7) % 40}`, index % 3),
    );
    await db.write(insert(t, all));
    const walk = async (order: typeof asc, behind: typeof olderThan) => {
      const seen: Position[] = [];
      for (;;) {
        const page = await db.read
          .select({ id: t.auditId, atMs: t.atMs })
          .from(t)
          .where(behind(t.atMs, t.auditId, seen.at(-1)))
          .orderBy(order(t.atMs), order(t.auditId))
          .limit(7);
        if (page.length === 0) return seen;
        seen.push(...page);
      }
    };
    const forwards = await walk(asc, newerThan);
    const backwards = await walk(desc, olderThan);
    expect(new Set(forwards.map((row) => row.id)).size).toBe(40);
    expect(backwards).toEqual(forwards.toReversed());
  });
});

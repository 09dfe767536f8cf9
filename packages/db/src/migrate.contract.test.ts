import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { createAccessStore } from "./access.store.ts";
import { createLlmStore } from "./llm.store.ts";
import { createMessageStore } from "./messages.store.ts";
import { DatabaseDiverged, DatabaseTooNew } from "./migrate.ts";
import { createRunStore } from "./runs.store.ts";
import { createMessageSearch } from "./search/message-search.ts";
import { createSessionStore } from "./sessions.store.ts";
import { raw } from "./statements.ts";
import { createStreamStore } from "./streams.store.ts";
import { dataOfFirstVersion } from "./testing/data-0000.ts";
import { appliedTo, createEmptyDatabase, migrationsUpTo, migrationTags, shapeOf } from "./testing/earlier-version.ts";
import { describeEngines } from "./testing/engines.ts";

describeEngines("migrations", (_open, engine) => {
  it("carry the data of every earlier version over", async () => {
    const tags = await migrationTags(engine);
    for (const [idx] of tags.entries()) {
      const { open } = await createEmptyDatabase(engine);
      const old = await open(await migrationsUpTo(engine, idx));
      await old.write(...dataOfFirstVersion.map((statement) => raw(sql.raw(statement))));
      await old[Symbol.asyncDispose]();

      await using db = await open();
      expect((await appliedTo(db)).map((row) => row["tag"])).toEqual(tags);
      expect(await createSessionStore(db).find("ann", "s1")).toMatchObject({
        title: "Über 数据库 🦀",
        ext: { a: [1, null] },
        lastSeq: 3,
        titleIsDefault: false,
      });
      const page = await createMessageStore(db).page("ann", "s1", 99, 10);
      expect(page.map((row) => [row.messageId, row.content, row.toolCalls])).toEqual([
        ["m2", "A deadlock, 🦀.", [{ id: "t" }]],
        ["m1", "Why does the 数据库 fail?", null],
      ]);
      expect(await createStreamStore(db).bounds("s1")).toEqual({ headSeq: 9, tailSeq: 4 });
      expect(await createStreamStore(db).readAfter("s1", 4, 10)).toEqual([{ seq: 9, event: '{"type":"x"}' }]);
      expect(await createRunStore(db).findByIdempotencyKey("ann", "k1")).toMatchObject({ runId: "r1" });
      expect(await createLlmStore(db).find("ann", "c1")).toMatchObject({ tags: ["a"], enabled: true });
      expect(await createAccessStore(db).findLiveToken("h1", 5)).toMatchObject({ ownerId: "ann" });
      expect(await createAccessStore(db).getSetting("ann", "theme")).toBe("dark");
      const search = createMessageSearch(db);
      while (await search.indexBacklog());
      expect((await search.find({ ownerId: "ann", query: "数据库", limit: 9 })).map((hit) => hit.messageId)).toEqual(
        idx === 0 ? ["m1"] : [],
      );
    }
  });

  it("end in the same tables from every version, and run once", async () => {
    const { open } = await createEmptyDatabase(engine);
    const fresh = await open();
    const shape = await shapeOf(fresh);
    const first = await appliedTo(fresh);
    await fresh[Symbol.asyncDispose]();
    await using again = await open();
    expect(await appliedTo(again)).toEqual(first);
    const tags = await migrationTags(engine);
    for (const [idx] of tags.slice(0, -1).entries()) {
      const other = await createEmptyDatabase(engine);
      await (await other.open(await migrationsUpTo(engine, idx)))[Symbol.asyncDispose]();
      await using upgraded = await other.open();
      expect(await shapeOf(upgraded)).toEqual(shape);
    }
  });

  it("refuse a database of a newer version and change nothing in it", async () => {
    const { open } = await createEmptyDatabase(engine);
    const newest = (await migrationTags(engine)).length - 1;
    const later = { tag: `${String(newest + 1).padStart(4, "0")}_later`, sql: "create table later (id int)" };
    const newer = await migrationsUpTo(engine, newest, later);
    const first = await open(newer);
    const before = [await shapeOf(first), await appliedTo(first)];
    await first[Symbol.asyncDispose]();
    await expect(open()).rejects.toThrow(DatabaseTooNew);
    await expect(open()).rejects.toThrow(/upgrade chatee/);
    await using same = await open(newer);
    expect([await shapeOf(same), await appliedTo(same)]).toEqual(before);
  });

  it("refuse a database that was changed by another form of the same step", async () => {
    const { open } = await createEmptyDatabase(engine);
    const one = await open(await migrationsUpTo(engine, 0, { tag: "0001_other", sql: "create table other (id int)" }));
    await one[Symbol.asyncDispose]();
    await expect(open()).rejects.toThrow(DatabaseDiverged);
  });

  it("leave a step that failed to be finished by the next start", async () => {
    const { open, run } = await createEmptyDatabase(engine);
    const parts = [
      "create table one (id int)",
      "insert into settings select * from obstacle",
      "create table two (id int)",
    ];
    const step = await migrationsUpTo(engine, 0, { tag: "0001_later", sql: parts.join("--> statement-breakpoint") });
    await expect(open(step)).rejects.toThrow(/obstacle/);
    await run("create table obstacle as select * from settings");
    await using db = await open(step);
    expect((await appliedTo(db)).map((row) => row["done"] === row["total"])).toEqual([true, true]);
    expect(await db.query(sql`select * from one union all select * from two`)).toEqual([]);
  });
});

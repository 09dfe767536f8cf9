import { expect, it } from "vitest";
import { describeEngines } from "../testing/engines.ts";
import type { Database } from "../database.ts";
import { createMessageSearch } from "./message-search.ts";

describeEngines("message search", (open) => {
  async function openSearch(texts: Record<string, string> = {}) {
    const db: Database = await open();
    const search = createMessageSearch(db);
    const put = (messageId: string, text: string, ownerId = "ann", sessionId = "s1") =>
      db.write(...search.index({ messageId, sessionId, ownerId, text }));
    const find = async (query: string, ownerId = "ann", sessionId?: string) => {
      const hits = await search.find({ ownerId, query, ...(sessionId === undefined ? {} : { sessionId }), limit: 20 });
      return hits.map((hit) => hit.messageId);
    };
    for (const [messageId, text] of Object.entries(texts)) await put(messageId, text);
    return { db, search, put, find };
  }

  it("finds a two-character Chinese word inside a longer text, and a single character", async () => {
    const { find } = await openSearch({
      zh1: "我的数据库连接失败了，请帮我看看服务器的配置文件。",
      zh2: "今天天气很好，我们去公园看猫吧。",
      en1: "Nothing of the kind.",
    });
    expect(await find("连接")).toEqual(["zh1"]);
    expect(await find("据库")).toEqual(["zh1"]);
    expect(await find("配置文件")).toEqual(["zh1"]);
    expect(await find("猫")).toEqual(["zh2"]);
    expect(await find("汽车")).toEqual([]);
  });

  it("finds Japanese, Korean and Thai words whatever stands around them", async () => {
    const { find } = await openSearch({
      ja: "東京都で美味しいラーメンを食べました。",
      ko: "데이터베이스에 연결할 수 없습니다.",
      th: "ภาษาไทยไม่ยากอย่างที่คิด",
    });
    expect(await find("ラーメン")).toEqual(["ja"]);
    expect(await find("ﾗｰﾒﾝ")).toEqual(["ja"]);
    expect(await find("東京")).toEqual(["ja"]);
    expect(await find("데이터베이스")).toEqual(["ko"]);
    expect(await find("연결")).toEqual(["ko"]);
    expect(await find("ไทย")).toEqual(["th"]);
  });

  it("finds an English word in any of its forms, in any case, with or without accents", async () => {
    const { find } = await openSearch({ m1: "Running the migrations twice", m2: "A Café in Zürich" });
    expect(await find("migration RUNS")).toEqual(["m1"]);
    expect(await find("cafe")).toEqual(["m2"]);
    expect(await find("ZURICH")).toEqual(["m2"]);
  });

  it("finds one-letter words, words of one or two digits, and words that databases call stop words", async () => {
    const { find } = await openSearch({ m1: "C and R, 7 or 42", m2: "who is www about" });
    expect(await find("r")).toEqual(["m1"]);
    expect(await find("7")).toEqual(["m1"]);
    expect(await find("about")).toEqual(["m2"]);
    expect(await find("www")).toEqual(["m2"]);
  });

  it("needs any word of the query and puts the text with more, rarer words first", async () => {
    const { find } = await openSearch({
      m1: "the deadlock of two crossing writes in the database",
      m2: "a database is a database is a database",
      m3: "nothing to see here",
      m4: "writes are data",
      m5: "some more words that nobody asks for",
    });
    const found = await find("database deadlock writes");
    expect(found[0]).toBe("m1");
    expect(found.toSorted()).toEqual(["m1", "m2", "m4"]);
  });

  it("never finds another owner's text, not even with the owner's own session id", async () => {
    const { find, put } = await openSearch({ m1: "the secret plan" });
    await put("b1", "the secret plan of bob", "bob", "s2");
    expect(await find("secret")).toEqual(["m1"]);
    expect(await find("secret", "bob")).toEqual(["b1"]);
    expect(await find("bob", "ann")).toEqual([]);
    expect(await find("secret", "carl")).toEqual([]);
    expect(await find("secret", "bob", "s1")).toEqual([]);
    expect(await find("secret", "Bob")).toEqual([]);
  });

  it("scores an owner's texts without regard to which words others use", async () => {
    const { search, put } = await openSearch({ m1: "apple pear", m2: "plum fig", m3: "nut date" });
    for (const id of ["b1", "b2", "b3"]) await put(id, "kiwi kiwi", "bob", "s2");
    const score = async () => (await search.find({ ownerId: "ann", query: "apple", limit: 1 }))[0]?.score;
    const before = await score();
    for (const id of ["b1", "b2", "b3"]) await put(id, "apple apple", "bob", "s2");
    expect(await score()).toBeCloseTo(before ?? Number.NaN, 9);
  });

  it("searches one session when told to", async () => {
    const { find, put } = await openSearch({ m1: "kernel panic" });
    await put("m2", "kernel panic", "ann", "s2");
    expect(await find("panic", "ann", "s2")).toEqual(["m2"]);
    expect((await find("panic")).toSorted()).toEqual(["m1", "m2"]);
  });

  it("finds only the newest text of a message, once", async () => {
    const { find, put } = await openSearch({ m1: "the first version" });
    await put("m1", "the second version");
    expect(await find("first")).toEqual([]);
    expect(await find("version")).toEqual(["m1"]);
    await put("m1", " … ");
    expect(await find("second version")).toEqual([]);
  });

  it("finds nothing of what was removed, and what a rolled-back write would have indexed", async () => {
    const { db, search, find, put } = await openSearch({ m1: "alpha one", M1: "alpha two" });
    await put("m2", "alpha three", "ann", "s2");
    await db.write(...search.remove("m1"));
    expect((await find("alpha")).toSorted()).toEqual(["M1", "m2"]);
    await db.write(...search.removeSession("s2"), ...search.removeSession("none"), ...search.remove("none"));
    expect(await find("alpha")).toEqual(["M1"]);
    const taken = { sessionId: "s", ownerId: "ann", auditId: "a", action: "x", subjectId: "y", atMs: 1 };
    const { auditLog } = db.tables;
    const twice = [taken, taken].map((values) => ({ kind: "insert" as const, table: auditLog, values: [values] }));
    const failed = db.write(
      ...search.index({ messageId: "m3", sessionId: "s1", ownerId: "ann", text: "alpha" }),
      ...twice,
    );
    await expect(failed).rejects.toThrow();
    expect(await find("alpha")).toEqual(["M1"]);
  });

  it("takes any text for a query and any text for a message", async () => {
    const hostile = [
      "",
      "   ",
      "…—!?¿\"'`*()^:+-~<>@%_\\;",
      '"',
      "' OR '1'='1",
      'foo" OR bar',
      "NEAR(a b) AND NOT tokens:c*",
      "+must -not ~maybe >more <less (group) word* @5",
      "🦀🦀🦀 👩‍👩‍👧‍👦 ❤️",
      "\u0000\u0001\ud800\udfff",
      "%_%' --",
      "${x} ? :name @p $1",
      "x".repeat(500),
      "数".repeat(500),
      Array.from({ length: 250 }, (_, index) => (index % 36).toString(36)).join(" "),
      "message_id : m OR tokens MATCH",
    ];
    const { find, put } = await openSearch({ m0: "plain words" });
    for (const [index, text] of hostile.entries()) await put(`h${index}`, text);
    for (const query of hostile) expect(await find(query)).toBeInstanceOf(Array);
    for (const query of hostile.slice(0, 4)) expect(await find(query)).toEqual([]);
    expect(await find("plain")).toEqual(["m0"]);
  });

  it("finds the beginning of a message of four megabytes, and not its end", async () => {
    const { find } = await openSearch({ m1: `needle ${"hay ".repeat(1_000_000)} thimble` });
    expect(await find("needle")).toEqual(["m1"]);
    expect(await find("thimble")).toEqual([]);
  });

  it("answers with at most as many hits as asked, the best ones", async () => {
    const { search, put } = await openSearch({ best: "lynx lynx lynx" });
    for (let index = 0; index < 30; index++) await put(`m${index}`, `a lynx among ${"other words ".repeat(5)}`);
    const hits = await search.find({ ownerId: "ann", query: "lynx", limit: 5 });
    expect(hits).toHaveLength(5);
    expect(hits[0]?.messageId).toBe("best");
    expect(hits.map((hit) => hit.score)).toEqual(hits.map((hit) => hit.score).toSorted((a, b) => b - a));
  });

  it("keeps each message's newest text when many are written at the same moment", async () => {
    const { db, search, find } = await openSearch();
    const write = (messageId: string, text: string) =>
      db.write(...search.index({ messageId, sessionId: "s1", ownerId: "ann", text }));
    const names = Array.from({ length: 15 }, (_, index) => `m${index}`);
    await Promise.all(names.map((name) => write(name, `first of ${name}`)));
    await Promise.all(names.flatMap((name) => [write(name, `second of ${name}`), write(`x${name}`, "other")]));
    expect(await find("first")).toEqual([]);
    expect((await find("second")).toSorted()).toEqual(names.toSorted());
    expect(await find("other")).toHaveLength(15);
  });
});

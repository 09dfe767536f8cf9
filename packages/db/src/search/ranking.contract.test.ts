import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../testing/engines.ts";
import { createMessageSearch } from "./message-search.ts";
import { maxHits } from "./token-index.ts";
import { createMysqlTokenIndex } from "./token-index.mysql.ts";
import { createTokenizer } from "./tokens.ts";

const vocabulary = [
  "cache",
  "index",
  "lock",
  "数据库",
  "连接",
  "page",
  "retry",
  "テスト",
  "fence",
  "lease",
  "wake",
  "log",
];

/** The same texts on every run: some words are frequent, some rare, some texts long. */
function corpus(size: number): string[] {
  let state = 42;
  const next = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const word = () => vocabulary[Math.min(next(vocabulary.length), next(vocabulary.length))] ?? "";
  return Array.from({ length: size }, () => Array.from({ length: 1 + next(40) }, word).join(" "));
}

describe("ranking", { timeout: 60_000 }, () => {
  it("gives the same order and the same scores on every engine", async () => {
    const searches = await Promise.all(
      (["sqlite", "mysql"] as const).map(async (engine) => {
        const db = await openTestDatabase(engine);
        const search = createMessageSearch(db);
        const messages = corpus(200).map((text, index) => ({
          text,
          messageId: `m${index}`,
          sessionId: `s${index % 7}`,
        }));
        await db.write(...messages.flatMap((message) => search.index({ ...message, ownerId: "ann" })));
        await db.write(...search.index({ messageId: "b", sessionId: "b", ownerId: "bob", text: "cache lock" }));
        await db.write(...search.remove("m7"), ...search.removeSession("s3"));
        await db.write(...search.index({ messageId: "m8", sessionId: "s1", ownerId: "ann", text: "fence 数据库" }));
        return search;
      }),
    );
    const queries = ["cache", "fence lease", "数据库 连接", "how do the logs retry?", "テスト wake lock page", "据库"];
    for (const query of queries) {
      for (const sessionId of [undefined, "s1"]) {
        const scope = sessionId === undefined ? {} : { sessionId };
        const [first = [], second = []] = await Promise.all(
          searches.map((search) => search.find({ ownerId: "ann", query, limit: 300, ...scope })),
        );
        expect(second.length, query).toBeGreaterThan(0);
        expect(second.map((hit) => hit.messageId)).toEqual(first.map((hit) => hit.messageId));
        for (const [index, hit] of first.entries()) expect(second[index]?.score).toBeCloseTo(hit.score, 6);
      }
    }
  });

  it("on MySQL spares the texts that hold only words which are nearly everywhere, and still counts those words", async () => {
    const db = await openTestDatabase("mysql");
    const search = createMessageSearch(db);
    const texts = Array.from({ length: 700 }, (_, index) =>
      index % 2 ? "common" : `common rare ${"pad ".repeat(index % 9)}`,
    );
    const messages = texts.map((text, index) => ({ text, messageId: `m${index}`, sessionId: "s", ownerId: "ann" }));
    await db.write(...messages.flatMap(search.index));
    await db.write(...search.index({ messageId: "rare", sessionId: "s", ownerId: "ann", text: "rare" }));
    const tokens = createTokenizer("ann").queryTokens("rare common");
    const sparing = createMysqlTokenIndex(db, 400);
    const hits = await sparing.find({ ownerId: "ann", tokens, sessionId: undefined });
    expect(hits).toHaveLength(maxHits);
    const found = new Map(hits.map((hit) => [hit.messageId, hit.score]));
    expect(hits.every((hit) => hit.messageId === "rare" || Number(hit.messageId.slice(1)) % 2 === 0)).toBe(true);
    expect(found.get("m0")).toBeGreaterThan(found.get("m8") ?? 0);
  });
});

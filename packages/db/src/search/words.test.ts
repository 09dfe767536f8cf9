import { expect, it } from "vitest";
import { normalize, queryWordsOf, wordsOf } from "./words.ts";

const words = (text: string) => [...wordsOf(normalize(text))].map((word) => word.text);

it("gives the forms of an English word one stem, whatever its case and accents", () => {
  expect(new Set(words("Databases DATABASE database’s ｄａｔａｂａｓｅ"))).toEqual(new Set(["databas", "s"]));
  expect(words("Naïve CAFÉ")).toEqual(words("naive cafe"));
});

it("finds a Chinese word by its own name and by any two neighbours", () => {
  expect(words("数据库连接")).toEqual(expect.arrayContaining(["数据", "据库", "库连", "连接", "数", "接"]));
  expect(queryWordsOf("数据库", 32)).toEqual(expect.arrayContaining(["数据", "据库"]));
  expect(queryWordsOf("猫", 32)).toEqual(["猫"]);
});

it("looks for no single character that is only a part of a word", () => {
  expect(queryWordsOf("連接失敗", 32).every((word) => word.length > 1)).toBe(true);
});

it("drops words that are everywhere, but not when nothing else is asked", () => {
  expect(queryWordsOf("What is the error in my code?", 32)).toEqual(["error", "code"]);
  expect(queryWordsOf("to be or not to be", 32)).toEqual(["to", "be", "or", "not"]);
  expect(queryWordsOf("的", 32)).toEqual(["的"]);
});

it("finds no word in signs, spaces and pictures", () => {
  expect(words("🦀 ❤️ … — \"'*() \u200d\ufe0f \ud800")).toEqual([]);
});

it("says where each word begins in the normal form", () => {
  const text = normalize("ﾃﾞｰﾀ and 数据库 ok");
  for (const word of wordsOf(text)) expect(text.slice(word.at).startsWith(word.text)).toBe(true);
});

it("keeps a word that never ends short", () => {
  expect(words("a".repeat(100_000)).map((word) => word.length)).toEqual([40]);
  expect(Math.max(...words("デ".repeat(1_000)).map((word) => word.length))).toBeLessThanOrEqual(40);
});

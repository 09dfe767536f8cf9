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

it("cuts a text in the same words, whatever stands between and beside them", () => {
  const parts = [
    "plain",
    "7z",
    "na\u00efve",
    "x\u0301y",
    "2\u00b2",
    "数据库",
    "abc数据",
    "データ1",
    "한국어",
    "ก่อน",
    "co_op",
    "a\u200db",
    "ÆGIR",
  ];
  for (const first of parts) {
    for (const second of parts) {
      const cut = words(`${first} ${second}`);
      expect(words(` ${first} -(${second})`), `${first} ${second}`).toEqual(cut);
      expect(words(`…${first}… ${second}…`), `${first} ${second}`).toEqual(cut);
      expect(cut).toEqual([...words(first), ...words(second)]);
    }
  }
  const at = [...wordsOf("an ox… and 2 é oxen")].map((word) => "an ox… and 2 é oxen".slice(word.at, word.at + 2));
  expect(at).toEqual(["an", "ox", "an", "2 ", "é ", "ox"]);
});

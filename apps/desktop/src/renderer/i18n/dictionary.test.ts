import { describe, expect, test } from "vitest";
import { tablesOf } from "./dictionary.ts";
import { localeFor } from "./locale.ts";

const dictionaries = import.meta.glob<{ strings?: object }>("../**/*.strings.ts", { eager: true });
const screens = import.meta.glob<string>("../**/*.tsx", { eager: true, query: "?raw", import: "default" });

/** Names, protocols and forms that read the same in every language. */
const untranslated =
  /^(chatee|Redis|SQLite|OpenAI|Anthropic|Google Gemini|Ollama|English|token|Chat in English|Hello! What can you do\?|What time is it\? Use your clock tool\.|MCP 20\d\d|https:\/\/…\/v1|[\d.,\s]*(ms|s)?)$/;
const chinese = /\p{Script=Han}/u;
const samples = [41, 42, 43];

type Leaf = { path: string; en: unknown; zh: unknown };

function leaves(en: unknown, zh: unknown, path: string): Leaf[] {
  if (typeof en !== "object" || en === null) return [{ path, en, zh }];
  const other = typeof zh === "object" && zh !== null ? (zh as Record<string, unknown>) : {};
  return [...new Set([...Object.keys(en), ...Object.keys(other)])].flatMap((key) =>
    leaves((en as Record<string, unknown>)[key], other[key], `${path}.${key}`),
  );
}
function say(words: unknown): string {
  if (typeof words === "function") return String(words(...samples));
  return typeof words === "string" ? words : `missing (${typeof words})`;
}

describe.for(Object.entries(dictionaries))("%s", ([path, { strings }]) => {
  const tables = strings && tablesOf(strings);
  test("is in every language, and each says as much as the others", () => {
    expect(tables, "make it with dictionary()").toBeDefined();
    for (const leaf of leaves(tables?.en, tables?.["zh-CN"], path)) {
      const [en, zh] = [say(leaf.en), say(leaf.zh)];
      expect(typeof leaf.zh, leaf.path).toBe(typeof leaf.en);
      expect(chinese.test(zh) || untranslated.test(zh), `${leaf.path} is not translated: ${zh}`).toBe(true);
      for (const sample of samples) expect(zh.includes(String(sample)), leaf.path).toBe(en.includes(String(sample)));
    }
  });
});

test("no screen has words of its own", () => {
  const found: string[] = [];
  for (const [path, source] of Object.entries(screens)) {
    const code = source.replaceAll(/\{\/\*[^]*?\*\/\}|\/\*[^]*?\*\/|\s\/\/[^\n]*/g, "");
    for (const [, text] of code.matchAll(
      /<\/?[a-zA-Z][^<>=]*(?:="[^"]*"[^<>=]*)*>\s*([A-Z][a-z]+(?: [a-z]+)+[^<>{}]*)</g,
    ))
      if (text) found.push(`${path}: ${text.trim()}`);
    for (const [, text] of code.matchAll(
      /\b(?:aria-label|title|placeholder|alt|label)="(?!https?:|npx)([^"\n]*[A-Za-z]{3}[^"\n]*)"/g,
    ))
      if (text) found.push(`${path}: ${text}`);
  }
  expect(found).toEqual([]);
});

test("the first language that chatee speaks is chosen, whatever its region", () => {
  expect(localeFor(["zh-TW", "en"])).toBe("zh-CN");
  expect(localeFor(["fr-FR", "zh-Hans-CN", "en-US"])).toBe("zh-CN");
  expect(localeFor(["de", "en-GB"])).toBe("en");
  expect(localeFor([])).toBe("en");
});

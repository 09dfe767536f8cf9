import fc from "fast-check";
import { expect, it } from "vitest";
import { snippetOf } from "./snippet.ts";

it("shows the first match of any form of the word, on one line", () => {
  const text = `${"lorem ipsum ".repeat(100)}\n\nthe  Database\nfails${" dolor".repeat(100)}`;
  const snippet = snippetOf(text, "why do databases fail", 60);
  expect(snippet).toContain("the Database fails");
  expect(snippet).toMatch(/^….*…$/);
});

it("finds the match where the normal form is of another length", () => {
  expect(snippetOf(`${"ﬃ ".repeat(400)}数据库 here`, "数据", 40)).toContain("数据库 here");
  expect(snippetOf(`${"İ".repeat(400)} needle`, "needle", 40)).toContain("needle");
});

it("shows the beginning of a text that does not hold the word, and a short text whole", () => {
  expect(snippetOf("hello world", "absent", 200)).toBe("hello world");
  expect(snippetOf("x".repeat(500), "absent", 20)).toBe(`${"x".repeat(19)}…`);
});

it("is never longer than asked, never breaks a character, never throws", () => {
  const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 400 }), fc.lorem({ maxCount: 80 }));
  fc.assert(
    fc.property(text, text, fc.integer({ min: 2, max: 120 }), (body, query, maxChars) => {
      const snippet = snippetOf(body, query, maxChars);
      expect(snippet.length).toBeLessThanOrEqual(maxChars);
      expect(snippet.isWellFormed()).toBe(true);
    }),
  );
});

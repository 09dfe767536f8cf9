import fc from "fast-check";
import { expect, test } from "vitest";
import { createThinkTags } from "./think-tags.ts";

function split(pieces: string[]) {
  const tags = createThinkTags();
  const said = { thinking: "", content: "" };
  for (const piece of [...pieces.map((text) => tags.push(text)), tags.end()].flat()) said[piece.type] += piece.text;
  return said;
}

test.each([
  ["<think>a\nb</think>c", "a\nb", "c"],
  ["\n <think>\nplan\n</think>\n\nanswer\n", "plan", "answer\n"],
  ["one\n<think>two</think>\nthree", "two", "one\nthree"],
  ["<think>a</think><think>b</think>c", "ab", "c"],
  ["<think>a <b> < /think> </thin</think>c", "a <b> < /think> </thin", "c"],
  ["the tag `<think>` opens", "", "the tag `<think>` opens"],
  ["a <think>b</think>", "", "a <think>b</think>"],
  ["<thinking>a</thinking>", "", "<thinking>a</thinking>"],
  ["<think>never closed", "never closed", ""],
  ["<thi", "", "<thi"],
  ["  indented", "", "  indented"],
  ["<think></think>x", "", "x"],
])("%j is thought %j and said %j", (text, thinking, content) => {
  expect(split([text])).toEqual({ thinking, content });
});

test("where the stream is cut makes no difference, at any position", () => {
  const word = fc.constantFrom("<think>", "</think>", "<", "think>", "/", "\n", " ", "a", "世", "<thi", "nk>");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 6 }), (words, cuts) => {
      const text = words.join("");
      const at = cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b);
      const pieces = [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length));
      expect(split(pieces)).toEqual(split([text]));
    }),
    { numRuns: 500 },
  );
});

test("content without an opening tag at a line start passes through unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!/(^|\n)\s*<think>/.test(text));
      expect(split([...text])).toEqual({ thinking: "", content: text });
    }),
  );
});

test("text is passed on at once unless it might be a tag", () => {
  const tags = createThinkTags();
  expect(tags.push("Hello ")).toEqual([{ type: "content", text: "Hello " }]);
  expect(tags.push("<")).toEqual([{ type: "content", text: "<" }]);
  expect(tags.push("\n<")).toEqual([{ type: "content", text: "\n" }]);
  expect(tags.push("b>")).toEqual([{ type: "content", text: "<b>" }]);
});

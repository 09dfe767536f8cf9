import fc from "fast-check";
import { expect, test } from "vitest";
import { isLongPaste, linesOf, splitPasted, withPasted } from "./pasted.ts";

const name = fc.constantFrom("pasted-1.txt", "notes.md", "粘贴.txt");
const piece = fc.constantFrom("word", "`", "```", "````", "\n", "\n\n", 'text file="x"\n', " ", "中文", "```text", "");
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

test("what was pasted comes out of a message as it went in, whatever fences it has", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ name, text }), { minLength: 1, maxLength: 3 }), (pasted) => {
      const { text: said, pasted: found } = splitPasted(withPasted("What is this?", pasted));
      expect(said).toBe("What is this?");
      expect(found).toEqual(pasted);
    }),
    { numRuns: 200 },
  );
});

test("a message without pasted texts is all text, also one with code in it", () => {
  for (const content of ["hello", "```ts\nconst a = 1;\n```", 'say `text file="x"`', '```text file="x"\nnever closed'])
    expect(splitPasted(content)).toEqual({ text: content, pasted: [] });
});

test("long is long in characters or in lines", () => {
  expect(isLongPaste("a few words\n".repeat(10))).toBe(false);
  expect(isLongPaste("a\n".repeat(20_000))).toBe(true);
  expect(isLongPaste("a".repeat(6_000))).toBe(true);
  expect(linesOf({ name: "x", text: "a\nb\n" })).toBe(3);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { clip } from "./clip.ts";

test("a text that fits is left alone; a longer one keeps its beginning and its end and says what is missing", () => {
  expect(clip("short", 5)).toBe("short");
  expect(clip("abcdefghij", 5)).toBe("abcd\n[… 5 characters left out …]\nj");
});

test("no character is cut in two and nothing is counted wrongly", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, maxChars) => {
      const clipped = clip(text, maxChars);
      expect(clipped.isWellFormed()).toBe(true);
      const [, head = "", count = "0", tail = ""] =
        /^(.*)\n\[… (\d+) characters left out …\]\n(.*)$/s.exec(clipped) ?? [];
      if (text.length <= maxChars) expect(clipped).toBe(text);
      else expect(head.length + Number(count) + tail.length).toBe(text.length);
    }),
  );
});

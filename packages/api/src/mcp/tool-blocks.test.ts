import { toolBlock } from "@chatee/shared/mcp";
import type { McpCallResult } from "@chatee/shared/mcp";
import { expect, test } from "vitest";
import { toModelText, toToolBlocks } from "./tool-blocks.ts";

const result = (content: McpCallResult["content"], structuredContent?: McpCallResult["structuredContent"]) => ({
  content,
  isError: false,
  ...(structuredContent === undefined ? {} : { structuredContent }),
});
const image = (chars: number) => ({ type: "image" as const, data: "a".repeat(chars), mimeType: "image/png" });

test("a part that is too large is replaced by a text that says what was left out; the others stay", () => {
  const blocks = toToolBlocks(result([image(10), image(3_000_000), { type: "text", text: "x".repeat(300_000) }]));
  expect(blocks).toEqual([
    image(10),
    { type: "text", text: expect.stringMatching(/^\[image, image\/png: 3001 KB left out\]$/) },
    { type: "text", text: expect.stringMatching(/^\[text: 301 KB left out\]$/) },
  ]);
});

test("all parts together stay within bounds, however many there are", () => {
  const many = toToolBlocks(result(Array.from({ length: 1_000 }, () => image(100_000))));
  expect(many.length).toBe(201);
  expect(JSON.stringify(many).length).toBeLessThan(2_600_000);
  for (const block of many) expect(toolBlock.safeParse(block).success).toBe(true);
});

test("a model reads words; data stands for itself only where there are none", () => {
  expect(toModelText(result([{ type: "text", text: "Sunny" }], { degrees: 21 }))).toBe("Sunny");
  expect(toModelText(result([], { degrees: 21 }))).toBe('{"degrees":21}');
  expect(toModelText(result([], 0))).toBe("0");
  const others = toModelText(
    result([
      image(10),
      { type: "resource_link", uri: "file:///a", name: "a" },
      { type: "resource", uri: "file:///b", text: "words of b" },
      { type: "resource", uri: "file:///c", blob: "AAAA", mimeType: "a/b" },
    ]),
  );
  expect(others).toBe(
    "[image: image/png, shown to the user]\n[resource file:///a: a]\nwords of b\n[resource file:///c: a/b]",
  );
});

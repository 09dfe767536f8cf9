import type { Json } from "@chatee/shared/json";
import { expect, test } from "vitest";
import { givenTo, hasWords, readPrompts, readResources } from "./offers.ts";

test("what a server lists is read with whatever it left out, and what cannot be asked for is left out", () => {
  const code = { name: "code", title: "Code", description: "What to read", required: true };
  const args: Json = [code, { name: "style" }, {}, 7];
  expect(
    readPrompts([{ name: "review", arguments: args }, { title: "no name" }, { name: "bare", arguments: 5 }]),
  ).toEqual([
    {
      name: "review",
      title: null,
      description: null,
      args: [
        { name: "code", label: "Code", description: "What to read", isRequired: true },
        { name: "style", label: "style", description: null, isRequired: false },
      ],
    },
    { name: "bare", title: null, description: null, args: [] },
  ]);
  expect(
    readResources([
      { uri: "file:///a", name: "a", title: "A", mimeType: "text/plain", size: 12 },
      { uri: "file:///b", size: -1 },
      { name: "nowhere" },
    ]),
  ).toEqual([
    { uri: "file:///a", name: "a", title: "A", description: null, mimeType: "text/plain", sizeBytes: 12 },
    { uri: "file:///b", name: "file:///b", title: null, description: null, mimeType: null, sizeBytes: null },
  ]);
  expect(readResources([{ uriTemplate: "file:///{path}", name: "any" }], "uriTemplate")).toMatchObject([
    { uri: "file:///{path}", name: "any" },
  ]);
});

test("a search finds what has all of its words, in any order and case", () => {
  const texts = ["Review code", null, "file:///notes"];
  for (const typed of ["", "  ", "CODE", "notes review"]) expect(hasWords(typed, texts), typed).toBe(true);
  expect(hasWords("code elsewhere", texts)).toBe(false);
});

test("a prompt is not asked for before what it needs is there, and gets nothing that was left empty", () => {
  const args = ["a", "b", "__proto__"].map((name, index) => ({
    name,
    label: name,
    description: null,
    isRequired: index === 0,
  }));
  expect(givenTo(args, [" ", "x", ""])).toEqual({ missing: [0] });
  expect(givenTo(args, ["1", "", ""])).toEqual({ given: { a: "1" } });
  expect(givenTo(args, ["1", " 2 ", "3"])).toEqual({
    given: Object.fromEntries([
      ["a", "1"],
      ["b", " 2 "],
      ["__proto__", "3"],
    ]),
  });
});

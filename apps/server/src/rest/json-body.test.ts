import { expect, it } from "vitest";
import { parseJsonBody } from "./json-body.ts";

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const nested = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;

it("takes an empty body, a byte order mark and text that only looks deep", () => {
  expect(parse("")).toBeUndefined();
  expect(parse('\uFEFF{"a":1}')).toEqual({ a: 1 });
  const brackets = { text: `\\"${"[".repeat(200)}`, ends: "[\\\\", quotes: '""[[""\\""', list: ["a,b", '"{'] };
  expect(parse(JSON.stringify(brackets))).toEqual(brackets);
});

it("takes 64 levels and refuses the 65th", () => {
  expect(parse(nested(64))).toBeInstanceOf(Array);
  expect(() => parse(nested(65))).toThrow("nested deeper than 64");
});

it("refuses sixteen megabytes of brackets, and of small objects, without building them", () => {
  expect(() => parse("[".repeat(16_000_000))).toThrow("nested deeper");
  expect(() => parse(`[${"{},".repeat(5_000_000)}{}]`)).toThrow("more than 100000 values");
});

it.each([
  ["half a surrogate pair", String.raw`{"a":{"b":"\ud800"}}`, "a.b: must be well-formed Unicode"],
  ["a NUL", String.raw`{"a":["\u0000"]}`, "a.0: must not contain NUL"],
  ["a NUL in a key", String.raw`{"\u0000":1}`, "must not contain NUL"],
  ["__proto__", '{"a":{"__proto__":{"b":1}}}', "a: must not hold the key __proto__"],
  ["an escaped __proto__", String.raw`{"\u005f_proto__":1}`, "must not hold the key __proto__"],
  ["half an object", '{"a":', "not JSON"],
  ["two values", "1 2", "not JSON"],
  ["NaN", '{"a":NaN}', "not JSON"],
])("refuses %s", (_name, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

it("refuses bytes that are not UTF-8", () => {
  expect(() => parseJsonBody(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow("not UTF-8");
});

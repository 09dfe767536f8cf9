import { TRPCError } from "@trpc/server";
import fc from "fast-check";
import superjson from "superjson";
import { expect, test } from "vitest";
import { z } from "zod";
import { transformer } from "./transformer.ts";

const read = (text: string) => transformer.input.deserialize(JSON.parse(text)) as unknown;
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test("honest inputs come through: plain values, dates, undefined, and what superjson's client sends", () => {
  for (const value of [
    null,
    0,
    "text",
    [1, [2]],
    { a: { b: null } },
    { at: new Date(5), none: undefined, list: [new Date(7)] },
  ])
    expect(transformer.input.deserialize(transformer.input.serialize(value))).toEqual(value);
  expect(transformer.input.deserialize(undefined)).toBeUndefined();
  expect(read('{"json":{"a":1}}')).toEqual({ a: 1 });
});

test("outputs are wrapped as they are, and superjson's client reads them", () => {
  const value = { messages: [{ content: "x", at: 5, none: null }] };
  const wire: unknown = transformer.output.serialize(value);
  expect(wire).toEqual({ json: value });
  expect(superjson.deserialize(wire as never)).toEqual(value);
});

test.each([
  [
    "a typed array of gigabytes",
    '{"json":{"a":{"length":4294967295}},"meta":{"values":{"a":[["typed-array","Float64Array"]]}}}',
  ],
  ["a big number", '{"json":"1","meta":{"values":["bigint"]}}'],
  ["a map", '{"json":[[1,2]],"meta":{"values":["map"]}}'],
  ["a set", '{"json":{"a":[1]},"meta":{"values":{"a":["set"]}}}'],
  ["a regular expression", '{"json":"/(a+)+$/","meta":{"values":["regexp"]}}'],
  ["an error", '{"json":{"name":"E"},"meta":{"values":["Error"]}}'],
  ["a URL", '{"json":"http://x","meta":{"values":["URL"]}}'],
  ["a class of ours", '{"json":{},"meta":{"values":[["class","Context"]]}}'],
  ["a symbol", '{"json":"x","meta":{"values":[["symbol","x"]]}}'],
  ["a date inside a map", '{"json":[[1,2]],"meta":{"values":["map",{"0":["Date"]}]}}'],
  ["references", '{"json":{"a":[],"b":null},"meta":{"referentialEqualities":{"a":["b"]}}}'],
  ["a path to a prototype", '{"json":{"a":1},"meta":{"values":{"__proto__.polluted":["Date"]}}}'],
  ["a path to a constructor", '{"json":{"a":1},"meta":{"values":{"a.constructor.prototype.x":["undefined"]}}}'],
  ["a prototype in a tree of paths", '{"json":{"a":1},"meta":{"values":{"a":{"__proto__":["Date"]}}}}'],
  ["annotations that are a number", '{"json":1,"meta":{"values":7}}'],
  ["annotations that are null", '{"json":1,"meta":null}'],
  ["annotations that are a list", '{"json":1,"meta":[1]}'],
  ["annotations nested too deeply", `{"json":1,"meta":{"values":${nested(200)}}}`],
  ["a value nested too deeply", `{"json":${nested(100)}}`],
  ["a value nested so deeply that recursion would end the process", `{"json":${nested(50_000)}}`],
  ["too many values", `{"json":[${"0,".repeat(100_000)}0]}`],
  ["no envelope", "[]"],
  ["an envelope of null", "null"],
  ["a bare text", '"text"'],
])("%s is refused as a bad request", (_name, text) => {
  const attempt = () => read(text);
  expect(attempt).toThrow(TRPCError);
  expect(attempt).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});

test("whatever the envelope holds, it is read or refused: nothing else is thrown", () => {
  const path = fc.stringMatching(/^([a-c0-2]|__proto__|constructor)(\.[a-c0-2]){0,3}$/);
  const annotations: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("Date", "undefined", "set", null, 7),
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(path, tie("node"), { maxKeys: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), annotations, (json, values) => {
      try {
        transformer.input.deserialize(JSON.parse(JSON.stringify({ json, meta: { values } })));
      } catch (error) {
        expect(error).toBeInstanceOf(TRPCError);
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("no input reaches Object.prototype, and what a schema lets through is plain", () => {
  const value = read('{"json":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}}');
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  const parsed = z.object({ a: z.number() }).parse(value);
  expect(parsed).toEqual({ a: 1 });
  expect(Reflect.get(parsed, "polluted")).toBeUndefined();
});

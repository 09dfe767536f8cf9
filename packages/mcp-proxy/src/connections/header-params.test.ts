import { expect, test } from "vitest";
import { hasSoundHeaderParams } from "./header-params.ts";

const schema = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const region = { type: "string", "x-mcp-header": "Region" };

test.each([
  ["none", schema({ a: { type: "string" } })],
  ["one", schema({ region })],
  ["nested in properties", schema({ where: schema({ region }) })],
  ["a property that happens to be called so", schema({ "x-mcp-header": { type: "string" } })],
])("declarations of headers are taken: %s", (_, inputSchema) => {
  expect(hasSoundHeaderParams(inputSchema)).toBe(true);
});

test.each([
  ["no name", schema({ region: { ...region, "x-mcp-header": "" } })],
  ["a name that is no token", schema({ region: { ...region, "x-mcp-header": "a\r\nCookie: b" } })],
  ["a name twice, in whatever case", schema({ a: region, b: { ...region, "x-mcp-header": "REGION" } })],
  ["no primitive", schema({ region: { ...region, type: "number" } })],
  ["on the whole", { ...schema({}), "x-mcp-header": "All" }],
  ["in items", schema({ list: { type: "array", items: region } })],
  ["in a branch", schema({}, { anyOf: [schema({ region })] })],
  ["in definitions", schema({}, { $defs: { place: region } })],
])("declarations of headers make a tool unusable over HTTP: %s", (_, inputSchema) => {
  expect(hasSoundHeaderParams(inputSchema)).toBe(false);
});

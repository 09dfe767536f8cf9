import { expect, test } from "vitest";
import fc from "fast-check";
import { nameTools } from "./tool-names.ts";

const source = (serverName: string, toolName: string, serverId = serverName) => ({ serverId, serverName, toolName });
const safe = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

test("plain names are joined and nothing else", () => {
  expect(nameTools([source("files", "read_file")])).toEqual(["files__read_file"]);
});

test("whatever servers call their tools, names are safe for every model, unique, and the same each time", () => {
  const name = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.constantFrom("a", "a__b", "b__c", "c", "a_", "_", "", "1", "-", "é", "\u{e0041}a", "a".repeat(200)),
  );
  const sources = fc.array(fc.record({ serverId: fc.uuid(), serverName: name, toolName: name }), { maxLength: 30 });
  fc.assert(
    fc.property(sources, (given) => {
      const names = nameTools(given);
      expect(nameTools(given)).toEqual(names);
      for (const one of names) expect(one).toMatch(safe);
      const distinct = new Set(given.map((one) => JSON.stringify(one)));
      expect(new Set(names).size).toBeGreaterThanOrEqual(distinct.size);
    }),
  );
});

test("long names that begin alike stay apart", () => {
  const long = "x".repeat(100);
  const names = nameTools([source("s", `${long}1`), source("s", `${long}2`)]);
  expect(new Set(names).size).toBe(2);
});

test("two servers of one name keep apart, and a tool alone keeps its name when others come", () => {
  const [first, second] = nameTools([source("files", "read", "id-1"), source("files", "read", "id-2")]);
  expect(first).not.toBe(second);
  const [alone] = nameTools([source("files", "list", "id-1")]);
  expect(nameTools([source("files", "read", "id-2"), source("files", "list", "id-1")])[1]).toBe(alone);
});

test("hidden characters are not part of a name, and do not make two tools one", () => {
  const [plain, hidden] = nameTools([source("s", "read"), source("s", "re\u{e0061}\u200bad")]);
  expect(plain).toBe("s__read");
  expect(hidden).toMatch(/^s__read_[0-9a-f]{8}$/);
});

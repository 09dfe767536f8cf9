import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { serversOf, withServers } from "./session-servers.ts";

let saved: Map<string, string>;
beforeEach(() => {
  saved = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => saved.get(key) ?? null,
    setItem: (key: string, value: string) => saved.set(key, value),
    removeItem: (key: string) => saved.delete(key),
  });
});
afterEach(() => vi.unstubAllGlobals());

/** The page as it is after a reload. */
async function openPage() {
  vi.resetModules();
  return await import("./session-servers.ts");
}

test("what new chats start with is remembered over a reload", async () => {
  (await openPage()).rememberServers(["a", "b"]);
  expect((await openPage()).newChatServers.get()).toEqual(["a", "b"]);
  (await openPage()).rememberServers([]);
  expect((await openPage()).newChatServers.get()).toEqual([]);
});

test.each(["{", "3", '[["s"]]', "[null]"])("%s in the browser's store is forgotten", async (text) => {
  saved.set("chatee.mcp.new", text);
  expect((await openPage()).newChatServers.get()).toEqual([]);
});

test("a session's servers stand beside whatever else it carries, and what is no list is none", () => {
  expect(serversOf({ ext: withServers({ mine: 1, mcpServerIds: ["old"] }, ["a"]) })).toEqual(["a"]);
  expect(withServers({ mine: 1 }, [])).toEqual({ mine: 1, mcpServerIds: [] });
  for (const mcpServerIds of ["a", [1], null]) expect(serversOf({ ext: { mcpServerIds } })).toEqual([]);
  expect(serversOf({ ext: null })).toEqual([]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

let saved: Map<string, string>;
beforeEach(() => {
  vi.resetModules();
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
  const { attachedServers, attachedTo, attachServers } = await import("./session-servers.ts");
  return { of: (sessionId: string | null) => attachedTo(attachedServers.get(), sessionId), attach: attachServers };
}

test("each session keeps its own servers over a reload, and so does the chat that has no session yet", async () => {
  const page = await openPage();
  page.attach("s", ["a", "b"]);
  page.attach(null, ["c"]);
  page.attach("s", ["b"]);
  const reloaded = await openPage();
  expect([reloaded.of("s"), reloaded.of(null), reloaded.of("other")]).toEqual([["b"], ["c"], []]);
});

test("what is remembered does not grow without end, and the latest stays", async () => {
  const page = await openPage();
  for (let at = 0; at < 1_000; at++) page.attach(`s${at}`, ["a"]);
  expect([page.of("s999"), page.of("s0")]).toEqual([["a"], []]);
  expect(saved.get("chatee.mcp")?.length).toBeLessThan(10_000);
});

test.each(["{", "3", '[["s"]]', '[["s", [3]]]', "[null]"])("%s in the browser's store is forgotten", async (text) => {
  saved.set("chatee.mcp", text);
  expect((await openPage()).of("s")).toEqual([]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";

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
  return await import("./new-chat-type.ts");
}

test("a new chat that is to be temporary still is after a reload, until it is not", async () => {
  expect((await openPage()).newChatType.get()).toBe("memory");
  (await openPage()).chooseChatType("temporary");
  expect((await openPage()).newChatType.get()).toBe("temporary");
  (await openPage()).chooseChatType("memory");
  expect((await openPage()).newChatType.get()).toBe("memory");
  expect(saved.size).toBe(0);
});

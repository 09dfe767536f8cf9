import { expect, test } from "vitest";
import { keysOf, shortcutOf, shortcuts } from "./shortcuts.ts";

const none = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test("a shortcut is its keys and no more, with Ctrl here and Command on Apple's keyboards", () => {
  expect(shortcutOf({ ...none, ctrlKey: true, key: "k" }, false)).toBe("palette");
  expect(shortcutOf({ ...none, metaKey: true, key: "k" }, true)).toBe("palette");
  expect(shortcutOf({ ...none, metaKey: true, key: "k" }, false)).toBeNull();
  expect(shortcutOf({ ...none, ctrlKey: true, shiftKey: true, key: "K" }, false)).toBeNull();
  expect(shortcutOf({ ...none, key: "k" }, false)).toBeNull();
  expect(shortcutOf({ ...none, ctrlKey: true, shiftKey: true, key: "O" }, false)).toBe("newChat");
});

test("no two shortcuts share their keys", () => {
  const keys = shortcuts.map(({ id }) => keysOf(id, false).join(" "));
  expect(new Set(keys).size).toBe(keys.length);
});

import { strings } from "./palette.strings.ts";

export type ShortcutId =
  | "palette"
  | "find"
  | "newChat"
  | "settings"
  | "sidebar"
  | "previousSession"
  | "nextSession"
  | "composer"
  | "shortcuts";

/** `mod` is Command on Apple's keyboards and Ctrl on others. */
type Chord = { mod?: true; shift?: true; alt?: true; key: string };

export const shortcuts: readonly { id: ShortcutId; chord: Chord }[] = [
  { id: "palette", chord: { mod: true, key: "k" } },
  { id: "find", chord: { mod: true, shift: true, key: "f" } },
  { id: "newChat", chord: { mod: true, shift: true, key: "o" } },
  { id: "composer", chord: { shift: true, key: "Escape" } },
  { id: "previousSession", chord: { alt: true, key: "ArrowUp" } },
  { id: "nextSession", chord: { alt: true, key: "ArrowDown" } },
  { id: "sidebar", chord: { mod: true, key: "b" } },
  { id: "settings", chord: { mod: true, key: "," } },
  { id: "shortcuts", chord: { mod: true, key: "/" } },
];

const isApple = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** The shortcut that was pressed, or null. */
export function shortcutOf(event: Pressed, apple = isApple): ShortcutId | null {
  const mod = apple ? event.metaKey : event.ctrlKey;
  const other = apple ? event.ctrlKey : event.metaKey;
  if (other) return null;
  const found = shortcuts.find(
    ({ chord }) =>
      chord.key.toLowerCase() === event.key.toLowerCase() &&
      (chord.mod ?? false) === mod &&
      (chord.shift ?? false) === event.shiftKey &&
      (chord.alt ?? false) === event.altKey,
  );
  return found?.id ?? null;
}

const names: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** The keys of a shortcut as they are printed on this keyboard. */
export function keysOf(id: ShortcutId, apple = isApple): string[] {
  const chord = shortcuts.find((one) => one.id === id)?.chord;
  if (!chord) return [];
  return [
    ...(chord.mod ? [apple ? "⌘" : "Ctrl"] : []),
    ...(chord.alt ? [apple ? "⌥" : "Alt"] : []),
    ...(chord.shift ? [apple ? "⇧" : "Shift"] : []),
    names[chord.key] ?? chord.key.toUpperCase(),
  ];
}

export const labelOf = (id: ShortcutId): string => strings.shortcuts[id];

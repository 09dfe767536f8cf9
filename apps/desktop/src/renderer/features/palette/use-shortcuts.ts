import { useEffect, useRef } from "react";
import { shortcutOf } from "./shortcuts.ts";
import type { ShortcutId } from "./shortcuts.ts";

/** Runs what the pressed keys stand for, wherever the focus is. */
export function useShortcuts(run: (id: ShortcutId) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const id = shortcutOf(event);
      if (id === null) return;
      event.preventDefault();
      latest.current(id);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

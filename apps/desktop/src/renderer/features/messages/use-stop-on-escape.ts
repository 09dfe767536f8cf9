import { useEffect } from "react";

/** Esc stops the answer, unless something nearer (a menu, a dialog, an editor) wants it. */
export function useStopOnEscape(stop: (() => void) | null): void {
  useEffect(() => {
    if (stop === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector("dialog[open], [popover]:popover-open")) return;
      stop();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [stop]);
}

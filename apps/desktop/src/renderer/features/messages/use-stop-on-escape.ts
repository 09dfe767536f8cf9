import { useEffect } from "react";

/** Esc stops the answer, unless something nearer (a menu, a dialog, an editor) wants it. */
export function useStopOnEscape(stop: (() => void) | null): void {
  useEffect(() => {
    if (stop === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
      if (!isCovered) stop();
    };
    // By the time the key arrives below, what it closed may be gone already.
    let isCovered = false;
    const look = () => {
      const isInQuestion = document.activeElement?.closest("[data-question] form") != null;
      isCovered = isInQuestion || document.querySelector("[role=dialog], [role=menu], [role=listbox]") !== null;
    };
    document.addEventListener("keydown", look, { capture: true });
    document.addEventListener("keydown", onKeyDown);
    return () => {
      document.removeEventListener("keydown", look, { capture: true });
      document.removeEventListener("keydown", onKeyDown);
    };
  }, [stop]);
}

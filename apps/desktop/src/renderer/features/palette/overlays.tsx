import { lazy, Suspense, useEffect } from "react";
import { useStore } from "../../api/store.ts";
import { overlay } from "./overlay.ts";
import type { ShortcutId } from "./shortcuts.ts";

const loadPalette = () => import("./palette.tsx");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));
const ShortcutsSheet = lazy(async () => ({ default: (await import("./shortcuts-sheet.tsx")).ShortcutsSheet }));

const preloadAfterMs = 1_500;

/** What was opened with a key, over everything else. */
export function Overlays({ run }: { run: (id: ShortcutId) => void }) {
  const shown = useStore(overlay);
  const close = () => overlay.set(null);
  useEffect(() => {
    // Who opens the palette types at once: its code is there before it is asked for.
    const timer = setTimeout(() => void loadPalette().catch(() => {}), preloadAfterMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Suspense>
      {shown === "palette" && <Palette onClose={close} run={run} />}
      {shown === "shortcuts" && <ShortcutsSheet onClose={close} />}
    </Suspense>
  );
}

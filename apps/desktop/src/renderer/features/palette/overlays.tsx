import { lazy, Suspense } from "react";
import { useStore } from "../../api/store.ts";
import { overlay } from "./overlay.ts";
import type { ShortcutId } from "./shortcuts.ts";

const Palette = lazy(async () => ({ default: (await import("./palette.tsx")).Palette }));
const ShortcutsSheet = lazy(async () => ({ default: (await import("./shortcuts-sheet.tsx")).ShortcutsSheet }));

/** What was opened with a key, over everything else. */
export function Overlays({ run }: { run: (id: ShortcutId) => void }) {
  const shown = useStore(overlay);
  const close = () => overlay.set(null);
  return (
    <Suspense>
      {shown === "palette" && <Palette onClose={close} run={run} />}
      {shown === "shortcuts" && <ShortcutsSheet onClose={close} />}
    </Suspense>
  );
}

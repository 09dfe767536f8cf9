import { lazy, Suspense } from "react";
import type { ComponentProps } from "react";
import type { Dialog } from "./dialog.tsx";

const Loaded = lazy(async () => ({ default: (await import("./dialog.tsx")).Dialog }));

/** A dialog for the first screen, whose code is fetched when one is first opened. */
export function LateDialog(props: ComponentProps<typeof Dialog>) {
  return (
    <Suspense fallback={null}>
      <Loaded {...props} />
    </Suspense>
  );
}

import { lazy, Suspense } from "react";
import { createStore, useStore } from "../api/store.ts";

export type Toast = { text: string; action?: { label: string; onClick: () => void } };

/** What has been said and is not shown yet. */
export const unshown = createStore<readonly Toast[]>([]);
const isNeeded = createStore(false);

/** Says something that no place on the screen is waiting for; `action` offers a way on. */
export function toast(text: string, action?: Toast["action"]): void {
  unshown.set([...unshown.get(), { text, ...(action && { action }) }]);
  isNeeded.set(true);
}

const Toaster = lazy(async () => ({ default: (await import("./toaster.tsx")).Toaster }));

/** Where toasts appear. Their code is fetched for the first one: most visits have none. */
export function Toasts() {
  return <Suspense>{useStore(isNeeded) && <Toaster />}</Suspense>;
}

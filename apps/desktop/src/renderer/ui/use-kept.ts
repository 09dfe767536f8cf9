import { useState } from "react";
import type { Dispatch, SetStateAction } from "react";

/** What is typed into a row that may be scrolled out of the page and come back. The latest are kept. */
const kept = new Map<string, unknown>();
const maxKept = 50;

/** As `useState`, for what outlives its component, under an id that means this one thing in the whole page. */
export function useKept<TValue>(id: string, initial: () => TValue): [TValue, Dispatch<SetStateAction<TValue>>] {
  const [value, setValue] = useState<TValue>(() => (kept.has(id) ? (kept.get(id) as TValue) : initial()));
  const set: Dispatch<SetStateAction<TValue>> = (action) => {
    const before = kept.has(id) ? (kept.get(id) as TValue) : value;
    const next = typeof action === "function" ? (action as (before: TValue) => TValue)(before) : action;
    kept.delete(id);
    kept.set(id, next);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    setValue(next);
  };
  return [value, set];
}

/** It was sent, or given up. */
export function forgetKept(id: string): void {
  kept.delete(id);
}

export function isKept(id: string): boolean {
  return kept.has(id);
}

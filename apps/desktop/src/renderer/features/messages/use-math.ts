import { useEffect, useState } from "react";
import { mayHaveMath } from "./math-text.ts";
import type { math } from "./math.ts";

let loaded: typeof math | null = null;

/** What sets formulas, once it is needed and has been fetched; null before and for a text without any. */
export function useMath(text: string): typeof math | null {
  const isWanted = mayHaveMath(text);
  const [found, setFound] = useState(loaded);
  useEffect(() => {
    if (!isWanted || found) return;
    let isLeft = false;
    void import("./math.ts")
      .then((module) => {
        loaded = module.math;
        if (!isLeft) setFound(loaded);
      })
      // Without it a formula is shown as it was written.
      .catch(() => {});
    return () => {
      isLeft = true;
    };
  }, [isWanted, found]);
  return isWanted ? found : null;
}

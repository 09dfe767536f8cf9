import { useEffect, useState } from "react";
import type { CodeToken } from "./highlighter.ts";

/** Longer blocks stay plain: coloring them would hold the page up. */
const maxChars = 30_000;
const maxKept = 100;

/** Blocks that were colored lately, so that one that scrolls back into view has its colors at once. */
const kept = new Map<string, CodeToken[][]>();

/** The code in colors; null while they are being worked out, and where there are none. */
export function useHighlighted(code: string, language: string, isComplete: boolean): CodeToken[][] | null {
  const key = `${language}\n${code}`;
  const [found, setFound] = useState<{ key: string; tokens: CodeToken[][] } | null>(null);
  const isWanted = isComplete && language !== "" && code.length <= maxChars;
  useEffect(() => {
    if (!isWanted || kept.has(key)) return;
    let isLeft = false;
    void import("./highlighter.ts")
      .then(({ tokenize }) => tokenize(code, language.toLowerCase()))
      .then((tokens) => {
        if (!tokens) return;
        kept.set(key, tokens);
        const oldest = kept.keys().next();
        if (kept.size > maxKept && !oldest.done) kept.delete(oldest.value);
        if (!isLeft) setFound({ key, tokens });
      })
      // A grammar that cannot be fetched or does not cope leaves the block as it is: readable, in one color.
      .catch(() => {});
    return () => {
      isLeft = true;
    };
  }, [code, language, key, isWanted]);
  if (!isWanted) return null;
  return found?.key === key ? found.tokens : (kept.get(key) ?? null);
}

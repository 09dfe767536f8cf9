import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";
import "katex/dist/katex.min.css";

/** How much a formula's own macros may grow, and how large its signs may be: a formula is text of a model. */
const limits = { maxExpand: 200, maxSize: 20, strict: false, trust: false, errorColor: "currentColor" } as const;

/** Sets formulas; fetched when the first one is shown. */
export const math = {
  name: "katex" as const,
  type: "math" as const,
  remarkPlugin: [remarkMath, { singleDollarTextMath: false }] as [typeof remarkMath, object],
  rehypePlugin: [rehypeKatex, limits] as [typeof rehypeKatex, object],
};

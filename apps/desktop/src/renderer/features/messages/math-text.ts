/** Fenced and inline code, where a sign is only a sign. A fence that is still being written goes to the end. */
const code = /(^|\n)(`{3,}|~{3,})[^]*?(?:\n\2|$)|`[^`\n]+`/g;

/** `$x$` with no blank inside its signs and no digit behind them; prices are not formulas. */
const dollars = /(?<![\\$\w])\$(?![\s$])([^$\n`]*[^\s$\\`])\$(?![\d$])/g;
const looksLikeMath = /[\\^_=+<>{}|]|^[a-zA-Z]$|[a-zA-Z]\(/;

/**
 * Formulas in the one form that the parser takes, `$$…$$`, from each that models write: `\(…\)`, `\[…\]` and `$…$`.
 * Code stays as it is.
 */
export function withMath(text: string): string {
  let result = "";
  let from = 0;
  for (const match of text.matchAll(code)) {
    result += convert(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return result + convert(text.slice(from));
}

function convert(text: string): string {
  return text
    .replace(/\\\[([^]*?)\\\]/g, (_all, formula: string) => `\n$$\n${formula.trim()}\n$$\n`)
    .replace(/\\\((.+?)\\\)/g, (_all, formula: string) => `$$${formula.trim()}$$`)
    .replace(dollars, (all, formula: string) => (looksLikeMath.test(formula) ? `$$${formula}$$` : all));
}

/** Whether there may be a formula in it: then the code that sets formulas is fetched. */
export function mayHaveMath(text: string): boolean {
  return /\$\$|\\\(|\\\[|\$\S/.test(text) && withMath(text).includes("$$");
}

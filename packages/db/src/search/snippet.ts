import { maxIndexedChars, maxQueryWords } from "./tokens.ts";
import { normalize, queryWordsOf, wordsOf } from "./words.ts";

/** How much of a snippet may stand before the match. */
const leadShare = 0.3;

/**
 * At most `maxChars` of a text on one line, around the first word that the query finds; its beginning when none
 * is found. What was left out is marked by an ellipsis.
 */
export function snippetOf(text: string, query: string, maxChars: number): string {
  const start = startOf(text, matchAt(text, query), maxChars);
  // White space shrinks to one space, so more than `maxChars` may be needed to fill the snippet.
  const rest = text
    .slice(start, start + 4 * maxChars)
    .replace(/\s+/g, " ")
    .trim();
  const line = start > 0 ? `…${rest}` : rest;
  const isWhole = start + 4 * maxChars >= text.length;
  return line.length <= maxChars && isWhole ? line : `${cutAt(line, maxChars - 1)}…`;
}

/** Where the first match is in `text`; 0 without one. */
function matchAt(text: string, query: string): number {
  const words = new Set(queryWordsOf(query, maxQueryWords));
  if (words.size === 0) return 0;
  const beginning = text.slice(0, maxIndexedChars);
  const normalized = normalize(beginning);
  for (const word of wordsOf(normalized))
    if (words.has(word.text)) return beginning.length === normalized.length ? word.at : originalAt(beginning, word.at);
  return 0;
}

/** The place in a text whose normal form may be longer or shorter: found by halving, as normal forms grow with their texts. */
function originalAt(text: string, normalizedAt: number): number {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (normalize(text.slice(0, middle)).length <= normalizedAt) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Not in the middle of a word where the script has spaces, nor of a character. */
function startOf(text: string, matchedAt: number, maxChars: number): number {
  const lead = Math.floor(maxChars * leadShare);
  if (matchedAt <= lead) return 0;
  const space = text.slice(matchedAt - lead, matchedAt).search(/\s/);
  const start = space === -1 ? matchedAt - lead : matchedAt - lead + space + 1;
  return isLowSurrogate(text, start) ? start + 1 : start;
}

function cutAt(line: string, maxChars: number): string {
  const end = isLowSurrogate(line, maxChars) ? maxChars - 1 : maxChars;
  const space = line.lastIndexOf(" ", end);
  return line.slice(0, space > end * 0.8 ? space : end).trimEnd();
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

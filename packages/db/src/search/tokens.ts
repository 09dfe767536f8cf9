import { createHash } from "node:crypto";
import { normalize, queryWordsOf, wordsOf } from "./words.ts";

/** Of a longer text only the beginning is indexed: about five thousand English words, a few milliseconds of work. */
export const maxIndexedChars = 32_768;
/** Of a longer query only the first words count. */
export const maxQueryWords = 32;
/** MariaDB indexes words of up to 84 characters. */
const maxEncodedUnits = 20;

const plain = /^[0-9a-z]+$/;

/**
 * Words as the databases see them: `a-z0-9` only and at least four of them, so that no engine's own idea of
 * words, stop words, operators or shortest words ever matters. Each carries two characters of its owner's hash:
 * a search walks the words of its owner only, and how rare a word is does not depend on what others wrote.
 */
export function createTokenizer(ownerId: string) {
  const owner = digest(ownerId, 2);
  const encode = (word: string) => (plain.test(word) ? `x${owner}${word}` : `u${owner}${hexOf(word)}`);
  return {
    /** Everything of a text that goes into the index, in its order. */
    textTokens(text: string): string[] {
      return Array.from(wordsOf(normalize(text.slice(0, maxIndexedChars))), (word) => encode(word.text));
    },
    /** The different tokens to look for; none when the query has no letter or digit. */
    queryTokens: (query: string): string[] => queryWordsOf(query, maxQueryWords).map(encode),
  };
}

/** One token that stands for a whole id. */
export function idToken(kind: "m" | "s", id: string): string {
  return kind + digest(id, 24);
}

function digest(text: string, chars: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, chars);
}

function hexOf(word: string): string {
  let hex = "";
  for (let index = 0; index < word.length && index < maxEncodedUnits; index++)
    hex += word.charCodeAt(index).toString(16).padStart(4, "0");
  return hex;
}

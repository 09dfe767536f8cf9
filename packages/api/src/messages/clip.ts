/** A text of at most about `maxChars`: its beginning and its end, and in between how much was left out. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const head = wholeUnits(text, Math.ceil(maxChars * 0.7));
  const tail = wholeUnits(text, text.length - Math.floor(maxChars * 0.3));
  return `${text.slice(0, head)}\n[… ${tail - head} characters left out …]\n${text.slice(tail)}`;
}

/** The index, moved back when it would cut a character in two. */
function wholeUnits(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 0xdc00 && code <= 0xdfff ? index - 1 : index;
}

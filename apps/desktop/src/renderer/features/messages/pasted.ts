/** A long text that was pasted: shown as a card, sent with the message as a block of its own. */
export type Pasted = { name: string; text: string };

const longChars = 6_000;
const longLines = 150;

/** Whether a paste is better kept beside the message than inside of it. */
export function isLongPaste(text: string): boolean {
  return text.length >= longChars || text.split("\n", longLines + 1).length > longLines;
}

/** How many bytes a message may have: what the server takes in one request, less its envelope. */
export const maxMessageBytes = 1_000_000;

/** A fence that is longer than any in the text, so that nothing in it can end the block. */
function fenceFor(text: string): string {
  const longest = [...text.matchAll(/^`{3,}/gm)].reduce((most, [ticks]) => Math.max(most, ticks.length), 2);
  return "`".repeat(longest + 1);
}

/** A name from elsewhere as a block can carry it, and as none of the `taken` is called. */
export function toPastedName(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replaceAll(/[\s"\p{Cc}]+/gu, " ").trim() || "text";
  let free = plain;
  for (let number = 2; taken.has(free); number++) free = `${plain} (${number})`;
  return free;
}

/** The message as it is sent: what was written, then each pasted text as a fenced block with its name. */
export function withPasted(text: string, pasted: readonly Pasted[]): string {
  const blocks = pasted.map((one) => {
    const fence = fenceFor(one.text);
    return `${fence}text file="${one.name}"\n${one.text}\n${fence}`;
  });
  return [text.trim(), ...blocks].filter((part) => part !== "").join("\n\n");
}

const opening = /(?:^|\n\n)(`{3,})text file="([^"\n]+)"\n/;

/** Undoes `withPasted`; a message that it did not make is all text. */
export function splitPasted(content: string): { text: string; pasted: Pasted[] } {
  const first = opening.exec(content);
  if (!first) return { text: content, pasted: [] };
  const pasted: Pasted[] = [];
  let rest = content.slice(first.index);
  while (rest !== "") {
    const found = opening.exec(rest);
    if (found?.index !== 0) return { text: content, pasted: [] };
    const [all, fence = "", name = ""] = found;
    const end = `\n${fence}`;
    const at = rest.indexOf(`${end}\n\n`, all.length - 1);
    const isLast = at < 0;
    if (isLast && !rest.endsWith(end)) return { text: content, pasted: [] };
    pasted.push({ name, text: rest.slice(all.length, isLast ? -end.length : at) });
    rest = isLast ? "" : rest.slice(at + end.length);
  }
  return { text: content.slice(0, first.index), pasted };
}

export function linesOf({ text }: Pasted): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

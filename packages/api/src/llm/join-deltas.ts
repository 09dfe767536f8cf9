/** Servers that send one of these write it a token per event; everything else in the event stays as it was. */
const addedTo = "content|reasoning_content|reasoning|text|thinking";
/** A delta up to its text: whatever stands before it says the same each time. */
const deltaBegin = new RegExp(
  String.raw`"delta":\s*\{\s*(?:"(?:role|type)":\s*"\w+",\s*|"\w+":\s*null,\s*)*"(?:${addedTo})":\s*"`,
);
/** What may stand between its text and its end: nothing that would be added to as well. */
const deltaEnd = /^"\s*(?:,\s*"\w+":\s*(?:null|\[\])\s*)*\}/;
const insideOfText = /^(?:[^"\\]|\\.)*$/;
const gap = "\n\n";

/**
 * Joins neighbouring events of a model's event stream (OpenAI-compatible chat completions, Anthropic messages) that
 * differ in nothing but a piece of text, to one with both pieces: what comes in one read is then read once, not once
 * for each token. Holds nothing back, changes nothing else, and leaves alone what it does not know.
 *
 * @returns a function for what comes next in one stream, a character per byte (latin1), so no text is ever cut
 */
export function createDeltaJoiner(): (read: string) => string {
  /** What comes begins within an event whose beginning has been passed on. */
  let isWithin = false;
  return (read) => {
    const from = isWithin ? endOfEvent(read, read.indexOf(gap)) : 0;
    const to = endOfEvent(read, read.lastIndexOf(gap));
    isWithin = to < read.length;
    return to > from ? read.slice(0, from) + joinEvents(read.slice(from, to)) + read.slice(to) : read;
  };
}

/** Behind the gap at `index`; at the beginning when there is none. */
const endOfEvent = (read: string, index: number) => (index === -1 ? 0 : index + gap.length);

type Joined = { head: string; pieces: string[]; tail: string };

function joinEvents(events: string): string {
  const out: string[] = [];
  let last: Joined | null = null;
  const close = () => {
    if (last) out.push(last.head, ...last.pieces, last.tail, gap);
    last = null;
  };
  for (const event of events.slice(0, -gap.length).split(gap)) {
    const piece = last && pieceOf(event, last);
    if (last && piece !== null) {
      last.pieces.push(piece);
      continue;
    }
    close();
    last = splitAtText(event);
    if (!last) out.push(event, gap);
  }
  close();
  return out.join("");
}

function pieceOf(event: string, { head, tail }: Joined): string | null {
  if (event.length < head.length + tail.length || !event.startsWith(head) || !event.endsWith(tail)) return null;
  const piece = event.slice(head.length, event.length - tail.length);
  return insideOfText.test(piece) ? piece : null;
}

function splitAtText(event: string): Joined | null {
  const begin = deltaBegin.exec(event);
  if (!begin) return null;
  const from = begin.index + begin[0].length;
  let to = from;
  while (to < event.length && event[to] !== '"') to += event[to] === "\\" ? 2 : 1;
  const tail = event.slice(to);
  if (!deltaEnd.test(tail) || tail.includes('"delta"')) return null;
  return { head: event.slice(0, from), pieces: [event.slice(from, to)], tail };
}

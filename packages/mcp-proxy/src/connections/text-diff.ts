/** A stretch of text that stayed, went or came. */
export type TextChange = { kind: "same" | "removed" | "added"; text: string };

const maxWords = 1_500;

/** What to strike out and what to underline, word by word; of very long texts the changed middle as one piece. */
export function diffText(before: string, after: string): TextChange[] {
  const old = wordsOf(before);
  const fresh = wordsOf(after);
  let start = 0;
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start++;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old.at(-1 - end) === fresh.at(-1 - end)) end++;

  const middle = diffWords(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end));
  const same = (words: string[]): TextChange[] => words.map((text) => ({ kind: "same", text }));
  return joined([...same(old.slice(0, start)), ...middle, ...same(old.slice(old.length - end))]);
}

function wordsOf(text: string): string[] {
  return text.match(/\s+|[^\s]+/g) ?? [];
}

/** The longest common subsequence, from a table of lengths. */
function diffWords(old: string[], fresh: string[]): TextChange[] {
  if (old.length > maxWords || fresh.length > maxWords) {
    return [
      { kind: "removed", text: old.join("") },
      { kind: "added", text: fresh.join("") },
    ];
  }
  const width = fresh.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--) {
    for (let column = fresh.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        old[row] === fresh[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const changes: TextChange[] = [];
  for (let row = 0, column = 0; row < old.length || column < fresh.length;) {
    const [gone, came] = [old[row], fresh[column]];
    if (gone !== undefined && gone === came) {
      changes.push({ kind: "same", text: gone });
      row++;
      column++;
    } else if (came === undefined || (gone !== undefined && at(row + 1, column) >= at(row, column + 1))) {
      changes.push({ kind: "removed", text: gone ?? "" });
      row++;
    } else {
      changes.push({ kind: "added", text: came });
      column++;
    }
  }
  return changes;
}

function joined(changes: TextChange[]): TextChange[] {
  const result: TextChange[] = [];
  for (const change of changes) {
    const last = result.at(-1);
    if (change.text === "") continue;
    if (last?.kind === change.kind) last.text += change.text;
    else result.push({ ...change });
  }
  return result;
}

/** One conversation of an archive as JSON text; null where it is longer than may be. */
export type ArchiveItem = { text: string | null };

/** Lists of these names are what an object is about; any other object is one conversation. */
const listNames = new Set(["sessions", "conversations"]);
const maxNameChars = 100;
const [quote, backslash, comma, openList, closeList, openObject, closeObject] = [34, 92, 44, 91, 93, 123, 125];

/**
 * Takes a large JSON file apart as it is read, holding one conversation at a time: the entries of a list, or of the
 * list in an object, or an object that is one itself. What is inside an entry is not looked at.
 */
export function createArchiveSplitter(maxItemChars: number) {
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  /** How deep the list lies; null until it is found. */
  let listDepth: number | null = null;
  let isDone = false;
  /** Of the object that may hold the list: the last thing it said, and what of it stood in the piece before. */
  let lastString = "";
  let openString = "";
  let parts: string[] = [];
  let chars = 0;

  function keep(text: string): void {
    chars += text.length;
    if (chars > maxItemChars) parts = [];
    else if (text !== "") parts.push(text);
  }
  function take(): ArchiveItem[] {
    const text = chars > maxItemChars ? null : parts.join("");
    parts = [];
    chars = 0;
    return text?.trim() === "" ? [] : [{ text }];
  }

  return {
    /** The conversations that end in this piece of the file. */
    push(chunk: string): ArchiveItem[] {
      const items: ArchiveItem[] = [];
      /** Where what belongs to the open entry, and is not kept yet, begins. */
      let from = 0;
      let stringFrom = 0;
      for (let at = 0; at < chunk.length && !isDone; at++) {
        const code = chunk.charCodeAt(at);
        if (inString) {
          if (isEscaped) isEscaped = false;
          else if (code === backslash) isEscaped = true;
          else if (code === quote) {
            inString = false;
            if (depth === 1 && listDepth === null) lastString = openString + chunk.slice(stringFrom, at);
            openString = "";
          }
        } else if (code === quote) {
          inString = true;
          stringFrom = at + 1;
        } else if (code === openList || code === openObject) {
          depth++;
          if (listDepth !== null || code !== openList) continue;
          if (depth === 1 || (depth === 2 && listNames.has(lastString))) {
            listDepth = depth;
            [parts, chars, from] = [[], 0, at + 1];
          }
        } else if (code === comma && depth === listDepth) {
          keep(chunk.slice(from, at));
          items.push(...take());
          from = at + 1;
        } else if (code === closeList || code === closeObject) {
          if (depth === listDepth) {
            keep(chunk.slice(from, at));
            items.push(...take());
            isDone = true;
          } else if (depth === 1 && listDepth === null) {
            keep(chunk.slice(from, at + 1));
            items.push(...take());
            isDone = true;
          }
          depth--;
        }
      }
      if (isDone) return items;
      if (inString && depth === 1 && listDepth === null && openString.length < maxNameChars)
        openString += chunk.slice(stringFrom, stringFrom + maxNameChars);
      keep(chunk.slice(from));
      return items;
    },
    /** True once the list, or the one conversation, came to its end. */
    ended: () => isDone,
  };
}

type Piece = { text: string; isMatch: boolean };

const maxWords = 12;

/**
 * The text cut where a word of the query stands, in any case; what both parts say together is the text. The search
 * itself also finds other forms of a word, so a hit may have no piece that matches.
 */
export function matchesOf(text: string, query: string): Piece[] {
  const words = [...new Set(query.trim().toLowerCase().split(/\s+/))].filter((word) => word !== "").slice(0, maxWords);
  if (words.length === 0) return [{ text, isMatch: false }];
  const pattern = words
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"))
    .join("|");
  // A capturing group makes every second piece a match.
  return text
    .split(new RegExp(`(${pattern})`, "gi"))
    .map((piece, index) => ({ text: piece, isMatch: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** The beginning of a message as one line of plain words: the marks of Markdown mean nothing in a list. */
export function toPlainLine(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(^|\s)(?:#{1,6}|[-*+>]|\d+\.)\s+/g, "$1")
    .replace(/(\*\*|__|~~|`+)/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

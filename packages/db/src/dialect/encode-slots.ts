import { Column, is, Param, Placeholder, SQL, StringChunk } from "drizzle-orm";

/**
 * Drizzle encodes a value that is compared with a column as the column wants it, but not one that comes through a
 * placeholder. This makes up for it in a condition that is about to be compiled.
 */
export function encodeSlots(condition: SQL | undefined): void {
  if (!condition) return;
  let column: Column | null = null;
  for (const [index, chunk] of condition.queryChunks.entries()) {
    if (is(chunk, SQL)) encodeSlots(chunk);
    if (is(chunk, Placeholder) && column) condition.queryChunks[index] = new Param(chunk, column);
    if (is(chunk, Column)) column = chunk;
    else if (!is(chunk, StringChunk)) column = null;
  }
}

import { and, gt, gte, lt, lte, or } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";

/** A place in a list ordered by (time, id): those of the last row a caller saw. Times alone tie, ids alone are not ordered. */
export type Position = { atMs: number; id: string };

/** A page: at most `limit` rows beyond `after` in the list's own order; without `after` the first ones. */
export type Page = { limit: number; after?: Position | null | undefined };

/** What lies behind `position` in a list ordered by (time, id) descending; everything without one. */
export function olderThan(
  time: SQLiteColumn,
  id: SQLiteColumn,
  position: Position | null | undefined,
): SQL | undefined {
  if (!position) return undefined;
  return and(lte(time, position.atMs), or(lt(time, position.atMs), lt(id, position.id)));
}

/** What lies behind `position` in a list ordered by (time, id) ascending; everything without one. */
export function newerThan(
  time: SQLiteColumn,
  id: SQLiteColumn,
  position: Position | null | undefined,
): SQL | undefined {
  if (!position) return undefined;
  return and(gte(time, position.atMs), or(gt(time, position.atMs), gt(id, position.id)));
}

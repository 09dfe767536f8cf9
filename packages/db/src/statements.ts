import type { SQL } from "drizzle-orm";
import type { SQLiteInsertValue, SQLiteTable, SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";

/** One change, as data: `db.write` runs it, and may run it again after a deadlock. */
export type Statement = (
  | { kind: "insert"; table: SQLiteTable; values: Record<string, unknown>[] }
  | { kind: "upsert"; table: SQLiteTable; values: Record<string, unknown>; set: Record<string, unknown> }
  | { kind: "update"; table: SQLiteTable; set: Record<string, unknown>; where: SQL }
  | { kind: "remove"; table: SQLiteTable; where: SQL }
  | { kind: "raw"; sql: SQL }
  | { kind: "prepared"; prepared: PreparedWrite; values: BoundValues }
) & { must?: true };

/** By the names of the placeholders; as a list, where they are named by numbers. */
export type BoundValues = Readonly<Record<string, unknown>> | readonly unknown[];

/** A statement compiled once; made by `db.prepareWrite`. */
export type PreparedWrite = { sql: string; bind(values: BoundValues): unknown[]; isUpsert?: boolean };

/** One row or many; a taken unique key fails the whole write. Many rows may go out as several inserts of one transaction. */
export function insert<TTable extends SQLiteTable>(
  table: TTable,
  values: SQLiteInsertValue<TTable> | SQLiteInsertValue<TTable>[],
): Statement {
  return { kind: "insert", table, values: Array.isArray(values) ? values : [values] };
}

/**
 * Inserts, or sets `set` on the row whose unique key is taken: one row touched either way. Only for tables
 * with one unique key: MySQL ignores which.
 */
export function upsert<TTable extends SQLiteTable>(
  table: TTable,
  values: SQLiteInsertValue<TTable>,
  set: SQLiteUpdateSetSource<TTable>,
): Statement {
  return { kind: "upsert", table, values: values, set: set };
}

export function update<TTable extends SQLiteTable>(
  table: TTable,
  set: SQLiteUpdateSetSource<TTable>,
  where: SQL | undefined,
): Statement {
  return { kind: "update", table, set: set, where: conditionOf(where) };
}

export function remove(table: SQLiteTable, where: SQL | undefined): Statement {
  return { kind: "remove", table, where: conditionOf(where) };
}

/** For what the builder cannot say; must mean the same on both engines. */
export function raw(sql: SQL): Statement {
  return { kind: "raw", sql };
}

/** Rolls the whole write back with `NothingTouched` when the statement touches no row. */
export function must(statement: Statement): Statement {
  return { ...statement, must: true };
}

/** A write without a condition would change every row: always a bug. */
function conditionOf(where: SQL | undefined): SQL {
  if (!where) throw new TypeError("a write needs a condition");
  return where;
}

/** A `must` statement touched no row; nothing of its write happened. */
export class NothingTouched extends Error {
  override readonly name = "NothingTouched";
  /** Which statement of the write, from 0. */
  readonly index: number;
  constructor(index: number) {
    super(`statement ${index} touched no row`);
    this.index = index;
  }
}

/** The connection was lost after COMMIT was sent: the write happened wholly or not at all, and only a read can tell. */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
}

import { getTableName } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { createShapes, plainValues } from "../shapes.ts";
import type { BoundValues, PreparedWrite, Statement } from "../statements.ts";
import { createBinder } from "./bind.ts";
import { encodeSlots } from "./encode-slots.ts";
import { once } from "./once.ts";

/** A statement in the words of one engine: text with `?`, and the values in their order. */
export type Compiled = { sql: string; params: unknown[] };
type Built = { toSQL(): Compiled };

/** One round trip of a write; several may belong to the same statement. */
export type Step = Compiled & {
  /** Which statement of the write, from 0. */
  index: number;
  must: boolean;
  /** Compiled once and used often: worth a server-side prepared statement. */
  isPrepared: boolean;
  /** MySQL counts a row that an upsert changes twice. */
  isUpsert: boolean;
};

/** The few builder verbs that differ in type, not in form, between Drizzle's two dialects. */
export type Builders = {
  insert(table: SQLiteTable): { values(values: Record<string, unknown>[]): Built };
  upsert(table: SQLiteTable, values: Record<string, unknown>, set: Record<string, unknown>): Built;
  update(table: SQLiteTable): { set(set: Record<string, unknown>): { where(where: SQL): Built } };
  delete(table: SQLiteTable): { where(where: SQL): Built };
  raw(sql: SQL): Compiled;
};

/** SQLite takes 32,766 parameters, MySQL packets of 16 MB by default: an insert of many rows is sent in parts. */
const maxInsertRows = 500;
const maxInsertChars = 2_000_000;

function partsOf(values: Record<string, unknown>[]): Record<string, unknown>[][] {
  const parts: Record<string, unknown>[][] = [];
  let part: Record<string, unknown>[] = [];
  let chars = 0;
  for (const row of values) {
    const rowChars = Object.values(row).reduce<number>(
      (sum, value) => sum + (typeof value === "string" ? value.length : 100),
      0,
    );
    if (part.length > 0 && (part.length >= maxInsertRows || chars + rowChars > maxInsertChars)) {
      parts.push(part);
      part = [];
      chars = 0;
    }
    part.push(row);
    chars += rowChars;
  }
  return part.length > 0 ? [...parts, part] : parts;
}

function compile(builders: Builders, statement: Statement): Compiled[] {
  switch (statement.kind) {
    case "insert":
      return partsOf(statement.values).map((values) => builders.insert(statement.table).values(values).toSQL());
    case "upsert":
      return [builders.upsert(statement.table, statement.values, statement.set).toSQL()];
    case "update":
      return [builders.update(statement.table).set(statement.set).where(statement.where).toSQL()];
    case "remove":
      return [builders.delete(statement.table).where(statement.where).toSQL()];
    case "raw":
      return [builders.raw(statement.sql)];
    case "prepared":
      return [{ sql: statement.prepared.sql, params: statement.prepared.bind(statement.values) }];
  }
}

/** An insert of one row without expressions is compiled once for its table and the columns it has. */
const inserts = new WeakMap<Builders, ReturnType<typeof createShapes>>();

function preparedOf(builders: Builders, statement: Statement): Extract<Statement, { kind: "prepared" }> | null {
  if (statement.kind === "prepared") return statement;
  if (statement.kind !== "insert" || statement.values.length !== 1) return null;
  const { table } = statement;
  const values = plainValues(statement.values[0] ?? {});
  if (values === null) return null;
  const shaped = inserts.get(builders) ?? createShapes({ prepareWrite: (one) => prepareWrite(builders, one) });
  inserts.set(builders, shaped);
  const prepared = shaped(getTableName(table), values, (slots) => ({ kind: "insert", table, values: [slots] }));
  return prepared.kind === "prepared" ? prepared : null;
}

export function compileWrite(builders: Builders, statements: Statement[]): Step[] {
  const steps: Step[] = [];
  for (const [index, statement] of statements.entries()) {
    const must = statement.must ?? false;
    const known = preparedOf(builders, statement);
    if (known) {
      const { sql, bind, isUpsert = false } = known.prepared;
      steps.push({ sql, params: bind(known.values), index, must, isPrepared: true, isUpsert });
      continue;
    }
    const isUpsert = statement.kind === "upsert";
    for (const compiled of compile(builders, statement))
      steps.push({ ...compiled, index, must, isPrepared: false, isUpsert });
  }
  return steps;
}

/** Compiled at the first call, once for all of them. */
export function prepareWrite(builders: Builders, statement: Statement): (values: BoundValues) => Statement {
  const prepared = once((): PreparedWrite => {
    if (statement.kind === "update" || statement.kind === "remove") encodeSlots(statement.where);
    const [compiled, ...others] = compile(builders, statement);
    if (!compiled || others.length > 0) throw new TypeError("a prepared write is one statement");
    return { sql: compiled.sql, bind: createBinder(compiled.params), isUpsert: statement.kind === "upsert" };
  });
  const must = statement.must ? ({ must: true } as const) : {};
  return (values) => ({ kind: "prepared", prepared: prepared(), values, ...must });
}

import type { SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { PreparedWrite, Statement } from "../statements.ts";
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

export function compileWrite(builders: Builders, statements: Statement[]): Step[] {
  const steps: Step[] = [];
  for (const [index, statement] of statements.entries()) {
    const must = statement.must ?? false;
    if (statement.kind === "prepared") {
      const { sql, bind, isUpsert = false } = statement.prepared;
      steps.push({ sql, params: bind(statement.values), index, must, isPrepared: true, isUpsert });
      continue;
    }
    const isUpsert = statement.kind === "upsert";
    for (const { sql, params } of compile(builders, statement))
      steps.push({ sql, params, index, must, isPrepared: false, isUpsert });
  }
  return steps;
}

/** Compiled at the first call, once for all of them. */
export function prepareWrite(builders: Builders, statement: Statement): (values: Record<string, unknown>) => Statement {
  const prepared = once((): PreparedWrite => {
    if (statement.kind === "update" || statement.kind === "remove") encodeSlots(statement.where);
    const [compiled, ...others] = compile(builders, statement);
    if (!compiled || others.length > 0) throw new TypeError("a prepared write is one statement");
    const { sql, params } = compiled;
    return { sql, bind: createBinder(params), isUpsert: statement.kind === "upsert" };
  });
  const must = statement.must ? ({ must: true } as const) : {};
  return (values) => ({ kind: "prepared", prepared: prepared(), values, ...must });
}

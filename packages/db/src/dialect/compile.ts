import { fillPlaceholders } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { PreparedWrite, Statement } from "../statements.ts";

/** A statement in the words of one engine: text with `?`, and the values in their order. */
export type Compiled = { sql: string; params: unknown[] };
type Built = { toSQL(): Compiled };

/** The few builder verbs that differ in type, not in form, between Drizzle's two dialects. */
export type Builders = {
  insert(table: SQLiteTable): { values(values: Record<string, unknown>[]): Built };
  upsert(table: SQLiteTable, values: Record<string, unknown>, set: Record<string, unknown>): Built;
  update(table: SQLiteTable): { set(set: Record<string, unknown>): { where(where: SQL): Built } };
  delete(table: SQLiteTable): { where(where: SQL): Built };
  raw(sql: SQL): Compiled;
};

export function compile(builders: Builders, statement: Statement): Compiled {
  switch (statement.kind) {
    case "insert":
      return builders.insert(statement.table).values(statement.values).toSQL();
    case "upsert":
      return builders.upsert(statement.table, statement.values, statement.set).toSQL();
    case "update":
      return builders.update(statement.table).set(statement.set).where(statement.where).toSQL();
    case "remove":
      return builders.delete(statement.table).where(statement.where).toSQL();
    case "raw":
      return builders.raw(statement.sql);
    case "prepared":
      return { sql: statement.prepared.sql, params: statement.prepared.bind(statement.values) };
  }
}

export function prepareWrite(builders: Builders, statement: Statement): (values: Record<string, unknown>) => Statement {
  const { sql, params } = compile(builders, statement);
  const prepared: PreparedWrite = { sql, bind: (values) => fillPlaceholders(params, values) };
  const must = statement.must ? ({ must: true } as const) : {};
  return (values) => ({ kind: "prepared", prepared, values, ...must });
}

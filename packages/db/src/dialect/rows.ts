import { Column, is, SQL } from "drizzle-orm";
import { createBinder } from "./bind.ts";
import { encodeSlots } from "./encode-slots.ts";

/** The parts of a Drizzle select that a prepared read needs. */
export type SelectedRows = {
  toSQL(): { sql: string; params: unknown[] };
  config: { fields: Record<string, unknown>; where?: SQL | undefined };
};

type Decode = (value: unknown) => unknown;

const isSet: Decode = (value) => value === 1;

/** Null for columns whose driver value is what we want: most of them, so the row loop skips the call. */
function decoderOf(field: unknown): Decode | null {
  if (is(field, Column)) {
    const type = field.columnType;
    if (type === "SQLiteText" || type === "SQLiteInteger" || type === "SQLiteReal") return null;
    if (type === "MySqlBigInt53" || type === "MySqlDouble") return null;
    if (type === "MySqlCustomColumn" && (field as { mapFrom?: Decode }).mapFrom === undefined) return null;
    if (type === "SQLiteBoolean" || type === "MySqlBoolean") return isSet;
    return (value) => field.mapFromDriverValue(value);
  }
  if (is(field, SQL) || is(field, SQL.Aliased)) {
    const { decoder } = (is(field, SQL.Aliased) ? field.sql : field) as unknown as {
      decoder: { mapFromDriverValue: Decode };
    };
    return (value) => decoder.mapFromDriverValue(value);
  }
  throw new TypeError("a prepared read selects columns and expressions only");
}

const isGroup = (field: unknown): field is Record<string, unknown> =>
  typeof field === "object" && field !== null && Object.getPrototypeOf(field) === Object.prototype;

/**
 * A function from a row's values to its object, written out as one object literal: made from the schema's names
 * and nothing else. It is what makes a page as fast as one from the driver's own objects; a loop over the names
 * takes a quarter longer.
 */
function createToRow(selected: Record<string, unknown>): (values: unknown[]) => Record<string, unknown> {
  const decoders: (Decode | null)[] = [];
  function literalOf(fields: Record<string, unknown>): string {
    const parts = Object.entries(fields).map(([name, field]) => {
      if (isGroup(field)) return `${JSON.stringify(name)}: ${literalOf(field)}`;
      const decode = decoderOf(field);
      const index = decoders.push(decode) - 1;
      const decoded = decode ? `v[${index}] === null ? null : d[${index}](v[${index}])` : `v[${index}]`;
      return `${JSON.stringify(name)}: ${decoded}`;
    });
    return `{ ${parts.join(", ")} }`;
  }
  // oxlint-disable-next-line typescript/no-implied-eval
  const build = new Function("d", `return (v) => (${literalOf(selected)});`) as (
    decoders: (Decode | null)[],
  ) => (values: unknown[]) => Record<string, unknown>;
  return build(decoders);
}

/** Compiles a select once into its text, a binder and a row mapper. */
export function prepareRows(query: SelectedRows) {
  encodeSlots(query.config.where);
  const { sql, params } = query.toSQL();
  const toRow = createToRow(query.config.fields);
  return {
    sql,
    bind: createBinder(params),
    toRows: (rows: unknown[][]) => rows.map(toRow),
  };
}

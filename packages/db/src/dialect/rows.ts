import { Column, is, SQL } from "drizzle-orm";
import { createBinder } from "./bind.ts";
import { encodeSlots } from "./encode-slots.ts";

/** The parts of a Drizzle select that a prepared read needs. */
export type SelectedRows = {
  toSQL(): { sql: string; params: unknown[] };
  config: { fields: Record<string, unknown>; where?: SQL | undefined };
};

type Decode = (value: unknown) => unknown;

/** Null for columns whose driver value is what we want: most of them, so the row loop skips the call. */
function decoderOf(field: unknown): Decode | null {
  if (is(field, Column)) {
    const type = field.columnType;
    if (type === "SQLiteText" || type === "SQLiteInteger" || type === "SQLiteReal") return null;
    if (type === "MySqlBigInt53" || type === "MySqlDouble") return null;
    if (type === "MySqlCustomColumn" && (field as { mapFrom?: Decode }).mapFrom === undefined) return null;
    return (value) => field.mapFromDriverValue(value);
  }
  if (is(field, SQL) || is(field, SQL.Aliased)) {
    const { decoder } = (is(field, SQL.Aliased) ? field.sql : field) as unknown as {
      decoder: { mapFromDriverValue: Decode };
    };
    return (value) => decoder.mapFromDriverValue(value);
  }
  throw new TypeError("a prepared read selects columns and expressions only, without nesting");
}

/**
 * Compiles a select once into its text, a binder and a row mapper. The mapper is one flat loop over known
 * decoders, which is what makes it two to three times as fast as Drizzle's own for wide pages.
 */
export function prepareRows(query: SelectedRows) {
  encodeSlots(query.config.where);
  const { sql, params } = query.toSQL();
  const fields = Object.entries(query.config.fields);
  const names = fields.map(([name]) => name);
  const decoders = fields.map(([, field]) => decoderOf(field));
  const decoded = decoders.flatMap((decode, index) => (decode ? [{ decode, index }] : []));

  function toRow(values: unknown[]): Record<string, unknown> {
    for (const { decode, index } of decoded) {
      const value = values[index];
      if (value !== null) values[index] = decode(value);
    }
    const row: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) row[names[index] as string] = values[index];
    return row;
  }

  return {
    sql,
    bind: createBinder(params),
    toRows: (rows: unknown[][]) => rows.map(toRow),
  };
}

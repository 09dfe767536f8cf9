import { is, sql, SQL } from "drizzle-orm";
import type { Placeholder } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { BoundValues, Statement } from "./statements.ts";

type Slots<TValues> = { [TName in keyof TValues]: Placeholder };

/**
 * Statements that differ only in which of their columns are there are compiled once for each such set of columns:
 * building one anew costs more than running it.
 */
export function createShapes(db: Pick<Database, "prepareWrite">) {
  const made = new Map<string, (values: BoundValues) => Statement>();

  return <TValues extends Record<string, unknown>>(
    name: string,
    values: TValues,
    build: (slots: Slots<TValues>) => Statement,
  ): Statement => {
    const names = Object.keys(values);
    const key = `${name} ${names.join(" ")}`;
    let prepared = made.get(key);
    if (!prepared) {
      const slots = Object.fromEntries(names.map((one) => [one, sql.placeholder(one)])) as Slots<TValues>;
      prepared = db.prepareWrite(build(slots));
      made.set(key, prepared);
    }
    return prepared(values);
  };
}

/** The values that are there; null when one of them is an expression, which has no shape. */
export function plainValues(values: object): Record<string, unknown> | null {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (is(value, SQL)) return null;
    if (value !== undefined) plain[name] = value;
  }
  return plain;
}

export function pick<TRecord extends Record<string, unknown>>(
  record: TRecord,
  names: readonly string[],
): Partial<TRecord> {
  return Object.fromEntries(names.map((name) => [name, record[name]])) as Partial<TRecord>;
}

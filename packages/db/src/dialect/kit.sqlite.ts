import { customType, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Json } from "@chatee/shared/json";
import type { z } from "zod";
import { readerOf } from "./json-reader.ts";

/** A column of JSON text that zod reads back; what does not fit the schema throws when the row is read. */
function json<TValue>(schema: z.ZodType<TValue>) {
  return customType<{ data: TValue; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: readerOf(schema),
  })();
}

const freeJson = customType<{ data: Json; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => JSON.parse(value) as Json,
});

/**
 * The column vocabulary of every table. Column names are the property names in snake_case.
 *
 * `id`: up to 100 ASCII characters, compared bytewise. `label(n)`: up to n characters, bytewise.
 * `body`: text without a limit. `instantMs`: epoch milliseconds, UTC. `count`: a whole number.
 * `flag`: a boolean. `json(schema)`: JSON that zod reads back. `freeJson`: JSON that is the user's own.
 */
export const sqliteKit = {
  table: sqliteTable,
  id: () => text(),
  label: (_maxChars: number) => text(),
  body: () => text(),
  instantMs: () => integer(),
  count: () => integer(),
  flag: () => integer({ mode: "boolean" }),
  ratio: () => real(),
  json,
  freeJson: () => freeJson(),
  index: (name: string) => index(name),
  uniqueIndex: (name: string) => uniqueIndex(name),
  primaryKey,
};
export type Kit = typeof sqliteKit;

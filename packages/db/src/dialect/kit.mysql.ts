import type { Json } from "@chatee/shared/json";
import {
  bigint,
  boolean,
  customType,
  double,
  index,
  mysqlTable,
  primaryKey,
  uniqueIndex,
} from "drizzle-orm/mysql-core";
import type { z } from "zod";
import { readerOf } from "./json-reader.ts";
import type { Kit } from "./kit.sqlite.ts";

function column(dataType: string) {
  return customType<{ data: string; driverData: string }>({ dataType: () => dataType })();
}

function json<TValue>(schema: z.ZodType<TValue>) {
  return customType<{ data: TValue; driverData: string }>({
    dataType: () => "longtext character set utf8mb4 collate utf8mb4_bin",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: readerOf(schema),
  })();
}

const freeJson = customType<{ data: Json; driverData: string }>({
  dataType: () => "longtext character set utf8mb4 collate utf8mb4_bin",
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => JSON.parse(value) as Json,
});

/**
 * The server refuses to compare an ASCII column with text that is not, where SQLite finds nothing. So such text
 * is sent as one that no id can equal, and that is too long to be stored.
 */
const id = customType<{ data: string; driverData: string }>({
  dataType: () => "varchar(100) character set ascii collate ascii_bin",
  toDriver: (value) => (isAscii(value) ? value : "?".repeat(101)),
});

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

const mysqlColumns = {
  table: mysqlTable,
  id: () => id(),
  label: (maxChars: number) => column(`varchar(${maxChars}) character set utf8mb4 collate utf8mb4_bin`),
  body: () => column("longtext character set utf8mb4 collate utf8mb4_bin"),
  instantMs: () => bigint({ mode: "number" }),
  count: () => bigint({ mode: "number" }),
  flag: () => boolean(),
  ratio: () => double(),
  json,
  freeJson: () => freeJson(),
  index: (name: string) => index(name),
  uniqueIndex: (name: string) => uniqueIndex(name),
  primaryKey,
} satisfies Record<keyof Kit, unknown>;

/** The same keys as the SQLite kit. This cast is the package's only lie; the contract suite on both engines is its proof. */
export const mysqlKit = mysqlColumns as unknown as Kit;

import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { MariaDbAccess } from "@chatee/tooling/services";
import { createConnection } from "mysql2/promise";
import type { ReadRows, Row } from "./auditor.ts";

export type ReadSqlite = (sql: string) => Row[];

export function readFrom(database: DatabaseSync): ReadSqlite {
  return (sql) => database.prepare(sql).all();
}

/** Reads a file that a server has open, or left in order. Another library than the server's, and never a write. */
export function readSqlite(file: string): ReadSqlite {
  return (sql) => {
    using database = new DatabaseSync(file, { readOnly: true });
    return readFrom(database)(sql);
  };
}

/** Reads what a killed server left without touching it: opening the file itself would repair it for the next start. */
export function readSqliteCopy(file: string): ReadSqlite {
  return (sql) => {
    const folder = mkdtempSync(join(tmpdir(), "chatee-copy-"));
    try {
      for (const suffix of ["", "-wal"])
        if (existsSync(file + suffix)) copyFileSync(file + suffix, join(folder, `copy.db${suffix}`));
      using database = new DatabaseSync(join(folder, "copy.db"));
      return readFrom(database)(sql);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** Reads on a connection of its own, whatever became of the servers'. */
export function readMysql(access: MariaDbAccess): ReadRows {
  return async (sql) => {
    const connection = await createConnection({ ...access, connectTimeout: 5_000 });
    try {
      const [rows] = await connection.query(sql);
      return rows as Row[];
    } finally {
      connection.destroy();
    }
  };
}

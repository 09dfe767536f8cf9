/**
 * A process of its own that migrates and is killed in the middle: `sqlite <file> <folder>` or
 * `mysql <json access> <folder>`. It says when it has begun the statement that calls `pause()` or waits for a lock.
 */
import { writeSync } from "node:fs";
import Sqlite from "better-sqlite3";
import mysql from "mysql2/promise";
import { migrateMysql, migrateSqlite } from "../migrate.ts";

const [engine, target = "", folder = ""] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);

if (engine === "sqlite") {
  const client = new Sqlite(target);
  client.pragma("journal_mode = WAL");
  client.function("pause", () => {
    say("in the middle");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    return 1;
  });
  migrateSqlite(client, folder);
} else {
  const connection = await mysql.createConnection(JSON.parse(target) as mysql.ConnectionOptions);
  await migrateMysql(
    {
      async query(text, values) {
        if (text.includes("sleep(")) say("in the middle");
        return await connection.query(text, values);
      },
    },
    folder,
  );
}
say("done");

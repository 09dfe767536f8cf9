/**
 * A process of its own on a SQLite file: `try <file>` opens it and says how that went; `write <file>` writes one
 * row after the other and says each one's number once it is stored, until it is killed.
 */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openSqlite } from "../dialect/open-sqlite.ts";
import { createStreamStore } from "../streams.store.ts";

const [command, file = ""] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);
const migrationsFolder = fileURLToPath(new URL("../../migrations/sqlite", import.meta.url));

try {
  const db = await openSqlite({ file, migrationsFolder, bootId: randomUUID() });
  if (command === "write") {
    const streams = createStreamStore(db);
    for (let number = 1; ; number++) {
      await db.write(...streams.append("s", [{ event: `${process.pid}/${number}` }], number));
      say(String(number));
    }
  }
  await db[Symbol.asyncDispose]();
  say("opened");
} catch (error) {
  say(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

import { randomUUID } from "node:crypto";
import { copyFile, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { BackupRefused, checkBackup, stagedFile } from "./dialect/backup.sqlite.ts";
import { openSqlite } from "./dialect/open-sqlite.ts";
import { createSessionStore } from "./sessions.store.ts";
import { migrationsFolder, openTestFolder } from "./testing/engines.ts";
import { sessionRow } from "./testing/rows.ts";

const folder = migrationsFolder("sqlite");
const open = (file: string) => openSqlite({ file, migrationsFolder: folder, bootId: randomUUID() });

/** A database with one session, and a backup made before a second one. */
async function setUp() {
  const path = await openTestFolder();
  const [file, backup] = [join(path, "chatee.db"), join(path, "backup.db")];
  {
    await using db = await open(file);
    const sessions = createSessionStore(db);
    await db.write(sessions.insert(sessionRow("before", { ownerId: "ann" })));
    await db.snapshot?.(backup);
    await db.write(sessions.insert(sessionRow("after", { ownerId: "ann" })));
  }
  return { path, file, backup };
}
async function idsIn(file: string): Promise<string[]> {
  await using db = await open(file);
  const rows = await createSessionStore(db).list("ann", { limit: 10 });
  return rows.map(({ sessionId }) => sessionId).toSorted();
}
function problemOf(file: string): string {
  try {
    checkBackup(file, folder);
    return "none";
  } catch (error) {
    return error instanceof BackupRefused ? error.problem : String(error);
  }
}

test("a backup of an open database passes its check and takes the database's place at the next start; the old one stays", async () => {
  const { path, file, backup } = await setUp();
  expect(checkBackup(backup, folder)).toMatchObject({ sessions: 1, messages: 0 });
  await copyFile(backup, stagedFile(file));
  expect(await idsIn(file)).toEqual(["before"]);
  const kept = (await readdir(path)).filter((name) => /\.before-[^.]*$/.test(name));
  expect(kept).toHaveLength(1);
  expect(await idsIn(join(path, kept[0] ?? ""))).toEqual(["after", "before"]);
  expect(await idsIn(file)).toEqual(["before"]);
});

test("a restore that was cut off between its two steps is ended by the next start", async () => {
  const { path, file, backup } = await setUp();
  await copyFile(backup, stagedFile(file));
  await copyFile(file, join(path, "moved"));
  await writeFile(`${file}-wal`, "a journal that was left of the old database");
  const { rename } = await import("node:fs/promises");
  await rename(file, join(path, "aside"));
  expect(await idsIn(file)).toEqual(["before"]);
});

test("what is damaged, foreign, from the future or has tables of its own is named, and never taken in", async () => {
  const { path, file, backup } = await setUp();
  const changed = async (name: string, change: (client: Sqlite.Database) => void) => {
    const copy = join(path, name);
    await copyFile(backup, copy);
    const client = new Sqlite(copy);
    change(client);
    client.close();
    return problemOf(copy);
  };
  await writeFile(join(path, "text.db"), "this is no database at all, only text that somebody sent in place of one");
  expect(problemOf(join(path, "text.db"))).toBe("not_a_database");
  expect(await changed("id.db", (client) => client.pragma("application_id = 7"))).toBe("not_chatee");
  const newer =
    "insert into schema_migrations select idx + 1, 'next', 'x', 1, 1, 1 from schema_migrations order by idx desc limit 1";
  expect(await changed("new.db", (client) => client.exec(newer))).toBe("too_new");
  const trigger = "create trigger evil after insert on sessions begin delete from messages; end";
  expect(await changed("trigger.db", (client) => client.exec(trigger))).toBe("foreign_schema");
  expect(await changed("hash.db", (client) => client.exec("update schema_migrations set hash = 'x'"))).toBe(
    "foreign_schema",
  );
  await copyFile(backup, join(path, "short.db"));
  await truncate(join(path, "short.db"), 8_192 * 3);
  expect(problemOf(join(path, "short.db"))).toBe("damaged");

  await copyFile(join(path, "short.db"), stagedFile(file));
  expect(await idsIn(file)).toEqual(["after", "before"]);
  expect(await readdir(path)).toContain("chatee.db.restore-refused");
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import Sqlite from "better-sqlite3";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Database } from "../database.ts";
import { createStreamStore } from "../streams.store.ts";
import { migrationsFolder, openTestFolder } from "../testing/engines.ts";
import { isContention, isOutage } from "../violations.ts";
import { DatabaseUnusable } from "./database-unusable.ts";
import { DatabaseInUse, openSqlite } from "./open-sqlite.ts";

const program = fileURLToPath(new URL("../testing/sqlite-process.ts", import.meta.url));
const nobody = 65_534;

const newFile = async () => join(await openTestFolder(), "chatee.db");
const open = (file: string) => openSqlite({ file, migrationsFolder: migrationsFolder("sqlite"), bootId: "b" });
const append = (db: Database, event: string) => db.write(...createStreamStore(db).append("s", [{ event }], 1));
const seqs = async (db: Database) => (await createStreamStore(db).readAfter("s", 0, 1_000_000)).map(({ seq }) => seq);

function start(command: "try" | "write", file: string, options: { uid?: number } = {}) {
  return spawn(process.execPath, [program, command, file], { stdio: ["ignore", "pipe", "inherit"], ...options });
}

it("belongs to one process at a time, which its death ends at once, and everything it was told is stored", async () => {
  const file = await newFile();
  for (let round = 0; round < 3; round++) {
    const writer = start("write", file);
    const ended = once(writer, "exit");
    let stored = 0;
    for await (const line of createInterface(writer.stdout)) {
      stored = Number(line);
      if (stored === 20) await expect(open(file)).rejects.toThrow(DatabaseInUse);
      if (stored === 40 + round * 7) writer.kill("SIGKILL");
    }
    await ended;
    await using db = await open(file);
    const found = (await createStreamStore(db).readAfter("s", 0, 100_000)).map((entry) => entry.event);
    const own = found.filter((event) => event.startsWith(`${writer.pid}/`));
    expect(own.length).toBeGreaterThanOrEqual(stored);
    expect(own).toEqual(own.map((_, index) => `${writer.pid}/${index + 1}`));
    expect(await seqs(db)).toEqual(found.map((_, index) => index + 1));
    expect(await db.query(sql`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
  }
});

it("is refused to a second opening in the same process, and open to the next one once it is closed", async () => {
  const file = await newFile();
  const first = await open(file);
  await expect(open(file)).rejects.toThrow(DatabaseInUse);
  await append(first, "1");
  await first[Symbol.asyncDispose]();
  await using second = await open(file);
  expect(await seqs(second)).toEqual([1]);
});

it("says in one line that it may not write: a read-only file, a read-only folder", async () => {
  const folder = await openTestFolder();
  await chmod(folder, 0o755);
  // The superuser may write everywhere, so somebody else tries.
  const options = process.getuid?.() === 0 ? { uid: nobody } : {};
  const tryOpening = async (file: string) => (await text(start("try", file, options).stdout)).trim();

  const closedFolder = join(folder, "closed");
  await mkdir(closedFolder);
  await (await open(join(closedFolder, "chatee.db")))[Symbol.asyncDispose]();
  await chmod(closedFolder, 0o555);
  expect(await tryOpening(join(closedFolder, "chatee.db"))).toMatch(/^DatabaseUnusable: .* cannot be written: check/);

  const openFolder = join(folder, "open");
  await mkdir(openFolder);
  await (await open(join(openFolder, "chatee.db")))[Symbol.asyncDispose]();
  await chmod(join(openFolder, "chatee.db"), 0o444);
  await chmod(join(openFolder, "chatee.db.lock"), 0o666);
  await chmod(openFolder, 0o777);
  expect(await tryOpening(join(openFolder, "chatee.db"))).toMatch(/^DatabaseUnusable: .* cannot be written: check/);
});

it("says in one line that the file is no database, and leaves it as it is", async () => {
  const file = await newFile();
  await writeFile(file, "not a database at all".repeat(1_000));
  await expect(open(file)).rejects.toThrow(DatabaseUnusable);
  await expect(open(file)).rejects.toThrow(/restore a backup/);
});

it("refuses what does not fit on a full disk, keeps what it has, and goes on once there is room", async () => {
  const file = await newFile();
  await using db = await open(file);
  await append(db, "first");
  const [pages] = await db.query(sql`pragma page_count`);
  await db.query(sql.raw(`pragma max_page_count = ${Number(pages?.["page_count"]) + 20}`));
  const outcome = await append(db, "x".repeat(1_000_000)).catch((error: unknown) => error);
  expect(outcome).toMatchObject({ code: "SQLITE_FULL" });
  expect(isOutage(outcome)).toBe(true);
  expect(await seqs(db)).toEqual([1]);
  expect(await append(db, "small")).toEqual([1, 1]);
  await db.query(sql.raw("pragma max_page_count = 1000000"));
  await append(db, "x".repeat(1_000_000));
  expect(await seqs(db)).toEqual([1, 2, 3]);
  expect(await db.query(sql`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
});

it("waits for another program that writes to the file, and gives up within a bound", async () => {
  const file = await newFile();
  await using db = await open(file);
  const other = new Sqlite(file, { timeout: 0 });
  other.exec("begin immediate");
  const waiting = append(db, "1");
  setTimeout(() => other.exec("rollback"), 300);
  expect(await waiting).toEqual([1, 1]);

  other.exec("begin immediate");
  const startedAtMs = performance.now();
  const outcome = await append(db, "2").catch((error: unknown) => error);
  expect(isContention(outcome)).toBe(true);
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  expect(await seqs(db)).toEqual([1]);
  other.exec("rollback");
  other.close();
  expect(await append(db, "2")).toEqual([1, 1]);
});

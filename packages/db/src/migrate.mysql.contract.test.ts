import mysql from "mysql2/promise";
import { describe, expect, it } from "vitest";
import { openMysql } from "./dialect/open-mysql.ts";
import { migrateMysql, readMigrations } from "./migrate.ts";
import type { MigrationConnection } from "./migrate.ts";
import { appliedTo, createEmptyDatabase, createEmptyMysql, migrationTags, shapeOf } from "./testing/earlier-version.ts";
import { migrationsFolder, openTestDatabase, testMysqlOptions } from "./testing/engines.ts";

const died = new Error("died");

/** A process that dies at the `nth` statement of its migrations: before it is sent, or before its answer comes. */
function dyingAt(nth: number, moment: "before" | "after", connection: mysql.Connection): MigrationConnection {
  let statements = 0;
  return {
    async query(text, values) {
      const isBookkeeping = /schema_migrations|get_lock|release_lock/.test(text);
      if (!isBookkeeping) statements += 1;
      if (statements > nth || (statements === nth && moment === "before")) throw died;
      const answer = await connection.query(text, values);
      if (statements === nth && !isBookkeeping) throw died;
      return answer;
    },
  };
}

describe("migrating MySQL", { timeout: 120_000 }, () => {
  it.each([["before"], ["after"]] as const)("survives a death %s each of its statements", async (moment) => {
    const access = await createEmptyMysql();
    const folder = migrationsFolder("mysql");
    async function start(nth: number): Promise<"died" | "done"> {
      const connection = await mysql.createConnection(access);
      try {
        await migrateMysql(dyingAt(nth, moment, connection), folder);
        return "done";
      } catch (error) {
        if (error !== died) throw error;
        return "died";
      } finally {
        connection.destroy();
      }
    }
    // Every start comes one statement further than the one before: the first of its statements is the one in doubt.
    let deaths = 1;
    expect(await start(1)).toBe("died");
    while ((await start(2)) === "died") deaths += 1;
    const total = readMigrations(folder).reduce((sum, { statements }) => sum + statements.length, 0);
    expect(deaths).toBe(total);
    await using repaired = await openMysql(testMysqlOptions(access));
    expect(await shapeOf(repaired)).toEqual(await shapeOf(await openTestDatabase("mysql")));
  });

  it("is done by one of several processes that start at the same moment", async () => {
    const { open } = await createEmptyDatabase("mysql");
    const opened = await Promise.all(Array.from({ length: 4 }, () => open()));
    for (const db of opened) expect(await appliedTo(db)).toHaveLength((await migrationTags("mysql")).length);
    await Promise.all(opened.map((db) => db[Symbol.asyncDispose]()));
  });
});

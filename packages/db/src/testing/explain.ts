import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Database } from "../database.ts";
import { createBinder } from "../dialect/bind.ts";

type Asked = { sql: string; params: unknown[] };
type Query = { toSQL(): Asked };

/** The database, and what is read through it from now on as `reads`. Reads still happen. */
export function recordReads(db: Database): { db: Database; reads: Asked[] } {
  const reads: Asked[] = [];
  const watch = <TBuilder extends object>(builder: TBuilder): TBuilder =>
    new Proxy(builder, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (key === "then") reads.push((target as unknown as Query).toSQL());
          const result: unknown = Reflect.apply(value, target, args);
          const isBuilder = typeof result === "object" && result !== null && ("from" in result || "toSQL" in result);
          return isBuilder ? watch(result) : result;
        };
      },
    });
  return {
    reads,
    db: {
      ...db,
      read: watch(db.read),
      prepareRead(query) {
        const run = db.prepareRead(query);
        const compiled = query.toSQL();
        const bind = createBinder(compiled.params);
        return (values) => {
          reads.push({ sql: compiled.sql, params: bind(values) });
          return run(values);
        };
      },
    },
  };
}

/** How the engine would answer a read, one line for each step of its plan. */
export async function explain(db: Database, asked: Asked): Promise<string[]> {
  const parts = asked.sql.split("?");
  const chunks: SQL[] = parts.flatMap((part, index) =>
    index === 0 ? [sql.raw(part)] : [sql`${asked.params[index - 1]}`, sql.raw(part)],
  );
  const statement = sql.join(chunks);
  if (db.engine === "sqlite")
    return (await db.query(sql`explain query plan ${statement}`)).map((row) => String(row["detail"]));
  const rows = await db.query(sql`explain ${statement}`);
  return rows.map((row) => [row["table"], row["type"], row["key"], row["Extra"]].join(" | "));
}

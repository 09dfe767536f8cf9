import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Database } from "./database.ts";

const maxRemembered = 1_000;

/**
 * Reads of single rows that are asked for again and again: what was found is given again, the very same object, as long
 * as nothing was written. Where other processes write too, every read is one of the database.
 */
export function createRemembered<TRow>(db: Pick<Database, "version">) {
  let known = new Map<string, TRow | undefined>();
  let knownAt: number | null = null;

  return (key: string, read: () => Promise<TRow | undefined>): MaybePromise<TRow | undefined> => {
    const version = db.version();
    if (version === null) return read();
    if (version !== knownAt || known.size >= maxRemembered) known = new Map();
    knownAt = version;
    // What a write outdates while we read goes into a map that is no longer looked at.
    const memory = known;
    const row = memory.get(key);
    if (row !== undefined || memory.has(key)) return row;
    return whenHere(read(), (found) => {
      memory.set(key, found);
      return found;
    });
  };
}

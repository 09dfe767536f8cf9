import type { Database } from "@chatee/db/database";
import { OutcomeUnknown } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";

/** What becomes of one write; `commit` does it. */
export type Fault = (commit: () => Promise<number[]>, statements: Statement[]) => Promise<number[]>;

/** The disk does not take it, this time. */
export const outage: Fault = async () => {
  throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_WRITE" });
};
/** It is in the database, but the connection was lost before anybody could say so. */
export const committedUnheard: Fault = async (commit) => {
  await commit();
  throw new OutcomeUnknown("the connection was lost while committing");
};
/** It is not in the database, and the connection was lost before anybody could say so. */
export const lostUnheard: Fault = async () => {
  throw new OutcomeUnknown("the connection was lost while committing");
};
/** Refused for what it says, and refused again however often it is tried. */
export const refusal: Fault = async () => {
  throw Object.assign(new Error("NOT NULL constraint failed"), { code: "SQLITE_CONSTRAINT_NOTNULL" });
};

/** A real database of which a test can make single writes fail. Faults are taken in order; null lets one through. */
export function createFaultyDatabase(real: Database) {
  let faults: (Fault | null)[] = [];
  let always: Fault | null = null;
  let writes = 0;
  const faulty =
    (write: Database["write"]): Database["write"] =>
    async (...statements) => {
      writes++;
      const commit = () => write(...statements);
      const fault = faults.shift() ?? always;
      return fault ? await fault(commit, statements) : await commit();
    };
  const db: Database = { ...real, write: faulty(real.write), writeRelaxed: faulty(real.writeRelaxed) };
  return {
    db,
    writes: () => writes,
    /** The next writes meet these, one each. */
    next(...given: (Fault | null)[]) {
      faults.push(...given);
    },
    /** Every write meets this until `heal`. */
    always(fault: Fault) {
      always = fault;
    },
    heal() {
      faults = [];
      always = null;
    },
  };
}

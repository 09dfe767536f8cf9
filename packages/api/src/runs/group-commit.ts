import type { Statement } from "@chatee/db/statements";
import { isOutage } from "@chatee/db/violations";

const maxUnits = 64;

type Unit = { statements: Statement[]; resolve: () => void; reject: (error: unknown) => void };

/**
 * Commits the appends of many runs together. Units submitted while a commit is under way, or in the same
 * turn of the event loop, share the next one. A unit that is refused fails alone; an outage fails all.
 */
export function createGroupCommit(write: (...statements: Statement[]) => Promise<unknown>) {
  let queue: Unit[] = [];
  let working = false;

  async function commit(units: Unit[]): Promise<void> {
    try {
      await write(...units.flatMap((unit) => unit.statements));
      for (const unit of units) unit.resolve();
    } catch (error) {
      if (units.length > 1 && !isOutage(error)) for (const unit of units) await commit([unit]);
      else for (const unit of units) unit.reject(error);
    }
  }

  async function work(): Promise<void> {
    await Promise.resolve();
    while (queue.length > 0) {
      const units = queue.slice(0, maxUnits);
      queue = queue.slice(maxUnits);
      await commit(units);
    }
    working = false;
  }

  return {
    /** Resolves once the statements are committed; rejects with what refused them. */
    submit(statements: Statement[]): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queue.push({ statements, resolve, reject });
      if (!working) {
        working = true;
        void work();
      }
      return promise;
    },
  };
}
export type GroupCommit = ReturnType<typeof createGroupCommit>;

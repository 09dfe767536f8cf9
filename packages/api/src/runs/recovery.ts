import type { Claim, Run, RunStore } from "@chatee/db/runs.store";
import type { Environment } from "../environment.ts";

export type RecoveryDeps = {
  runs: Pick<RunStore, "foreign" | "heldBy" | "takeOver">;
  environment: Environment;
  bootId: string;
  isProcessAlive: (bootId: string) => Promise<boolean>;
  sharesDatabase: boolean;
};

/** How long a process must look dead before it is believed: its connection may just be coming back. */
const doubtMs = 1_500;
/** How long a lease may stand still before its holder is taken to hang; holders move it every 10 s. */
const frozenMs = 35_000;
const maxPerSweep = 500;
const takeOverLeaseMs = 30_000;

/**
 * Finds runs that nobody works on and takes them over. A process that owns its database alone believes at
 * once that every other worker is dead: it holds the only lock. Leases are compared with what was seen of
 * them before, never with the clock: clocks of two machines may be a day apart.
 */
export function createRecovery(
  deps: RecoveryDeps,
  worker: {
    /** False for kinds that only a newer version knows; in a shared database they are left to it. */
    knows: (kind: string) => boolean;
    isActive: (runId: string) => boolean;
    resume: (run: Run, claim: Claim) => void;
  },
) {
  const { runs, environment, bootId } = deps;
  const deadSince = new Map<string, number>();
  const leaseSeen = new Map<string, { leaseUntilMs: number | null; since: number }>();
  let lostBefore = new Set<string>();

  function isFrozen(run: Run, now: number): boolean {
    const seen = leaseSeen.get(run.runId);
    if (seen && seen.leaseUntilMs === run.leaseUntilMs) return now - seen.since >= frozenMs;
    leaseSeen.set(run.runId, { leaseUntilMs: run.leaseUntilMs, since: now });
    return false;
  }

  async function isDead(run: Run, now: number): Promise<boolean> {
    if (!deps.sharesDatabase || run.leaseOwner === null) return true;
    if (!worker.knows(run.kind)) return false;
    if (isFrozen(run, now)) return true;
    if (await deps.isProcessAlive(run.leaseOwner)) {
      deadSince.delete(run.leaseOwner);
      return false;
    }
    const since = deadSince.get(run.leaseOwner) ?? now;
    deadSince.set(run.leaseOwner, since);
    return now - since >= doubtMs;
  }

  function forget(found: Run[]): void {
    const runIds = new Set(found.map((run) => run.runId));
    const owners = new Set(found.map((run) => run.leaseOwner));
    for (const runId of leaseSeen.keys()) if (!runIds.has(runId)) leaseSeen.delete(runId);
    for (const owner of deadSince.keys()) if (!owners.has(owner)) deadSince.delete(owner);
  }

  async function takeOver(run: Run, phrase: string): Promise<boolean> {
    const claim = await runs.takeOver(run, bootId, environment.now() + takeOverLeaseMs);
    if (!claim) return false;
    environment.log.info({ runId: run.runId, kind: run.kind }, phrase);
    worker.resume({ ...run, fence: claim.fence }, claim);
    return true;
  }

  return {
    /** Takes over what processes left that are gone. */
    async sweep(): Promise<void> {
      for (let took = true; took;) {
        took = false;
        const found = await runs.foreign(bootId, maxPerSweep);
        for (const run of found) {
          if (!(await isDead(run, environment.elapsedMs()))) continue;
          if (await takeOver(run, "taking over a run whose process is gone")) took = true;
        }
        forget(found);
        if (found.length < maxPerSweep) return;
      }
    },
    /**
     * Takes over runs of this process that it does not work on: their write was committed although nobody could
     * tell us so. Between a write and the start of its work lie milliseconds, between two calls seconds, so what
     * is found lost twice is.
     */
    async sweepOwn(): Promise<void> {
      const lost = (await runs.heldBy(bootId, maxPerSweep)).filter((run) => !worker.isActive(run.runId));
      for (const run of lost)
        if (lostBefore.has(run.runId)) await takeOver(run, "taking up a run whose start was lost");
      lostBefore = new Set(lost.map((run) => run.runId));
    },
  };
}

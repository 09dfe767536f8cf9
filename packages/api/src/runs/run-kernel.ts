import type { Claim, Run, RunStore } from "@chatee/db/runs.store";
import type { Statement } from "@chatee/db/statements";
import type { Environment } from "../environment.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Wakes } from "../streams/wakes.ts";
import { conductRun, stranger } from "./conduct-run.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createRecovery } from "./recovery.ts";
import type { RunHandler, StopReason } from "./run-handler.ts";

export type RunKernelDeps = {
  runs: RunStore;
  log: EventLog;
  wakes: Wakes;
  environment: Environment;
  bootId: string;
  write: (...statements: Statement[]) => Promise<number[]>;
  writeRelaxed: (...statements: Statement[]) => Promise<number[]>;
  isProcessAlive: (bootId: string) => Promise<boolean>;
  /** False when this process alone owns the database: then nobody else can be working. */
  sharesDatabase: boolean;
};

export const leaseMs = 30_000;
const heartbeatMs = 10_000;
const cancelTopic = "runs:cancel";
export type RunKernel = ReturnType<typeof createRunKernel>;

/** Starts, stops, keeps alive and recovers runs. A run belongs to no request and no socket. */
export function createRunKernel(deps: RunKernelDeps) {
  const { runs, log, wakes, environment, bootId } = deps;
  const handlers = new Map<string, RunHandler<unknown>>();
  const active = new Map<string, { abort: (reason: StopReason) => void; done: Promise<void> }>();
  const stopped = new AbortController();
  let draining = false;
  const conducting = {
    runs,
    log,
    relaxed: createGroupCommit(deps.writeRelaxed),
    durable: createGroupCommit(deps.write),
    environment,
    leaseMs,
    stopped: stopped.signal,
  };

  function launch(run: Run, claim: Claim, isNew: boolean): void {
    const controller = new AbortController();
    const abort = (reason: StopReason) => controller.abort(reason);
    if (draining) abort("shutdown");
    const handler = handlers.get(run.kind) ?? stranger;
    const done = conductRun(conducting, { handler, run, claim, isNew, controller })
      .catch((error: unknown) => environment.log.error({ error, runId: run.runId }, "a run could not be ended"))
      .finally(() => active.delete(run.runId));
    active.set(run.runId, { abort, done });
  }

  /** Stops what somebody asked to stop, and what is not there any more because its stream was removed. */
  async function abortCancelled(): Promise<void> {
    const own = [...active];
    const going = new Map((await runs.going(own.map(([runId]) => runId))).map((run) => [run.runId, run]));
    for (const [runId, { abort }] of own) {
      const run = going.get(runId);
      if (!run) abort("fenced");
      else if (run.shallStop) abort("cancelled");
    }
  }

  const recovery = createRecovery(deps, {
    knows: (kind) => handlers.has(kind),
    isActive: (runId) => active.has(runId),
    resume: (run, claim) => launch(run, claim, false),
  });

  async function every(ms: number, work: () => Promise<void>): Promise<void> {
    while (!stopped.signal.aborted) {
      await work().catch((error: unknown) => environment.log.warn({ error }, "run upkeep failed; trying again"));
      await environment.wait(ms, stopped.signal).catch(() => {});
    }
  }
  async function hearCancels(): Promise<void> {
    using bell = wakes.listen(cancelTopic);
    while (!stopped.signal.aborted) {
      await bell.next(stopped.signal);
      await abortCancelled().catch((error: unknown) =>
        environment.log.warn({ error }, "reading cancel requests failed"),
      );
    }
  }

  return {
    register<TState>(handler: RunHandler<TState>): void {
      handlers.set(handler.kind, handler as RunHandler<unknown>);
    },
    /** The row of a run that this process starts working on as soon as its write is committed. */
    claimed(
      run: Pick<
        Run,
        "runId" | "ownerId" | "kind" | "streamId" | "subjectId" | "input" | "budget" | "idempotencyKey" | "startSeq"
      >,
    ): Run {
      const nowMs = environment.now();
      return {
        ...run,
        status: "running",
        output: null,
        failure: null,
        fence: 1,
        appends: 0,
        attempts: 0,
        leaseOwner: bootId,
        leaseUntilMs: nowMs + leaseMs,
        wakeAtMs: null,
        cancelRequestedAtMs: null,
        parentRunId: null,
        parentStepKey: null,
        createdAtMs: nowMs,
        finishedAtMs: null,
      };
    },
    /** Works on a run whose claimed row is committed. Never rejects; the run's terminal event tells how it went. */
    start: (run: Run) => launch(run, { runId: run.runId, fence: run.fence }, true),
    /** Asks a run to stop, wherever it is worked on. False when it had ended. */
    async cancel(ownerId: string, runId: string): Promise<boolean> {
      const going = await runs.requestCancel(ownerId, runId, environment.now());
      if (!going) return false;
      active.get(runId)?.abort("cancelled");
      wakes.wake(cancelTopic);
      return true;
    },
    /** Has every process look at once whether its runs are still there. */
    recheck: () => wakes.wake(cancelTopic),
    /** Resolves when a run of this process has ended; at once for any other. */
    ended: async (runId: string) => active.get(runId)?.done,
    activeCount: () => active.size,
    /** Takes over what dead processes left, then keeps doing so, and keeps the own leases alive. */
    async openUpkeep(): Promise<void> {
      await recovery.sweep();
      void hearCancels();
      void every(heartbeatMs, async () => {
        const own = [...active.keys()];
        if (own.length > 0) await deps.writeRelaxed(runs.extendLeases(own, bootId, environment.now() + leaseMs));
        await recovery.sweepOwn();
      });
      void every(1_000, async () => {
        await abortCancelled();
        if (deps.sharesDatabase) await recovery.sweep();
      });
    },
    /**
     * Interrupts everything this process works on, and what is started from now on, and waits, at most `timeoutMs`,
     * until it is stored. Nothing is written after it; what is not stored by then is taken over by another process
     * or the next start.
     */
    async drain(timeoutMs: number): Promise<void> {
      draining = true;
      for (const { abort } of active.values()) abort("shutdown");
      const timer = new AbortController();
      const idle = (async () => {
        while (active.size > 0 && !stopped.signal.aborted)
          await Promise.all([...active.values()].map(({ done }) => done));
      })();
      await Promise.race([idle, environment.wait(timeoutMs, timer.signal).catch(() => {})]);
      timer.abort();
      stopped.abort();
    },
  };
}

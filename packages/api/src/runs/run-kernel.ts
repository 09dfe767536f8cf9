import type { Claim, Run, RunStore } from "@chatee/db/runs.store";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { Wakes } from "../streams/wakes.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createRecovery } from "./recovery.ts";
import { createRunWriter } from "./run-writer.ts";
import type { RunEnd, RunWriter } from "./run-writer.ts";

/** Why a run's signal aborted. */
export type StopReason = "cancelled" | "shutdown" | "fenced";

/** What a handler works with. `signal.reason` is a `StopReason`. */
export type RunContext = { run: Run; writer: RunWriter; signal: AbortSignal };

/**
 * One kind of run. `work` does it and says how it ended; when its signal aborts it returns soon. `close`
 * gives what the terminal write holds beside the run's own row; it is also called for a run whose worker
 * died, after `restore` rebuilt the state from the log.
 */
export type RunHandler<TState> = {
  kind: string;
  open: (run: Run) => Promise<TState>;
  restore: (run: Run) => Promise<TState>;
  work: (state: TState, context: RunContext) => Promise<RunEnd>;
  close: (state: TState, run: Run, end: RunEnd) => Promise<{ statements: () => Statement[]; events: StreamEvent[] }>;
};

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
  const writing = {
    runs,
    log,
    relaxed: createGroupCommit(deps.writeRelaxed),
    durable: createGroupCommit(deps.write),
    environment,
    leaseMs,
  };

  function launch(
    run: Run,
    claim: Claim,
    begin: (handler: RunHandler<unknown>, context: RunContext) => Promise<void>,
  ): void {
    const handler = handlers.get(run.kind);
    if (!handler) throw new TypeError(`no handler for runs of kind ${run.kind}`);
    const controller = new AbortController();
    const abort = (reason: StopReason) => controller.abort(reason);
    const writer = createRunWriter(writing, { claim, streamId: run.streamId }, () => abort("fenced"));
    const done = begin(handler, { run, writer, signal: controller.signal })
      .catch((error: unknown) => environment.log.error({ error, runId: run.runId }, "a run could not be ended"))
      .finally(() => active.delete(run.runId));
    active.set(run.runId, { abort, done });
  }

  async function perform(handler: RunHandler<unknown>, context: RunContext): Promise<void> {
    const { run, signal } = context;
    const state = await handler.open(run);
    const end = await handler.work(state, context).catch((error: unknown): RunEnd => {
      return signal.aborted ? stoppedEnd(signal.reason as StopReason) : toEnd(error, run);
    });
    await settle(handler, state, context, end);
  }

  async function settle(
    handler: RunHandler<unknown>,
    state: unknown,
    { run, writer }: RunContext,
    end: RunEnd,
  ): Promise<void> {
    if (writer.isFenced()) return;
    const { statements, events } = await handler.close(state, run, end);
    await writer.finish(end, statements, [...events, terminalEvent(run.runId, end)], run.startSeq ?? 0);
  }

  function toEnd(error: unknown, run: Run): RunEnd {
    if (error instanceof DomainError) return { status: "failed", failure: error.failure };
    const errorId = environment.newId();
    environment.log.error({ error, errorId, runId: run.runId }, "a run failed on a bug");
    return { status: "failed", failure: { code: "run.internal_error", errorId } };
  }

  async function abortCancelled(): Promise<void> {
    for (const runId of await runs.cancelRequested([...active.keys()])) active.get(runId)?.abort("cancelled");
  }

  const recovery = createRecovery(deps, (run, claim) => {
    launch(run, claim, async (handler, context) => {
      const state = await handler.restore(run);
      const end: RunEnd = { status: run.cancelRequestedAtMs === null ? "interrupted" : "cancelled" };
      await settle(handler, state, context, end);
    });
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
      run: Pick<Run, "runId" | "ownerId" | "kind" | "streamId" | "subjectId" | "input" | "idempotencyKey" | "startSeq">,
    ): Run {
      const nowMs = environment.now();
      return {
        ...run,
        status: "running",
        output: null,
        failure: null,
        budget: null,
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
    start: (run: Run) => launch(run, { runId: run.runId, fence: run.fence }, perform),
    /** Asks a run to stop, wherever it is worked on. False when it had ended. */
    async cancel(ownerId: string, runId: string): Promise<boolean> {
      const going = await runs.requestCancel(ownerId, runId, environment.now());
      if (!going) return false;
      active.get(runId)?.abort("cancelled");
      wakes.wake(cancelTopic);
      return true;
    },
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
      });
      void every(1_000, async () => {
        await abortCancelled();
        if (deps.sharesDatabase) await recovery.sweep();
      });
    },
    /** Interrupts everything this process works on and waits, at most `timeoutMs`, until it is stored. */
    async drain(timeoutMs: number): Promise<void> {
      const working = [...active.values()];
      for (const { abort } of working) abort("shutdown");
      await Promise.race([Promise.all(working.map(({ done }) => done)), environment.wait(timeoutMs)]);
      stopped.abort();
    },
  };
}

function stoppedEnd(reason: StopReason): RunEnd {
  return { status: reason === "cancelled" ? "cancelled" : "interrupted" };
}

function terminalEvent(runId: string, end: RunEnd): StreamEvent {
  if (end.status === "failed" && end.failure) return { type: "run.failed", runId, failure: end.failure };
  return { type: `run.${end.status}` as "run.completed", runId };
}

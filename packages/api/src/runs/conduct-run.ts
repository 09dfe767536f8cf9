import type { Claim, Run } from "@chatee/db/runs.store";
import { isOutage } from "@chatee/db/violations";
import { DomainError } from "@chatee/shared/failure";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { RunHandler, StopReason } from "./run-handler.ts";
import { createRunWriter } from "./run-writer.ts";
import type { RunEnd, RunWriter, RunWriterDeps } from "./run-writer.ts";

/** How long a stopped handler may take to return before its run is closed without it. */
const graceMs = 3_000;
const outageRetryMs = 500;

/** A run of a kind that this version does not know; nothing can be said of it but that it ended. */
export const stranger: RunHandler<unknown> = {
  kind: "",
  open: async () => null,
  restore: async () => null,
  work: async () => ({ status: "interrupted" }),
  close: async () => ({ statements: [], events: [] }),
  abandon: () => ({ statements: [], events: [] }),
};

export type Conduct = {
  handler: RunHandler<unknown>;
  run: Run;
  claim: Claim;
  /** False for a run whose worker died: it is closed, not worked on. */
  isNew: boolean;
  /** Aborts with a `StopReason`. */
  controller: AbortController;
};

/**
 * Takes a claimed run to its end, whatever its handler does: with what `close` says, else with what `abandon`
 * says, else with its bare row. Waits out a database that is away. Writes nothing once somebody else has the run.
 */
export async function conductRun(deps: RunWriterDeps, { handler, run, claim, isNew, controller }: Conduct) {
  const { environment, stopped } = deps;
  const { signal } = controller;
  let bug: RunEnd | null = null;
  const writer = createRunWriter(
    deps,
    { claim, streamId: run.streamId, ownerId: run.ownerId },
    {
      fenced: () => controller.abort("fenced" satisfies StopReason),
      broken(error) {
        bug = toEnd(environment, error, run);
        controller.abort("broken" satisfies StopReason);
      },
    },
  );
  let opened: { state: unknown } | null = null;
  let end: RunEnd;
  try {
    const state = await throughOutages(environment, stopped, () => (isNew ? handler.open(run) : handler.restore(run)));
    opened = { state };
    end = isNew
      ? await untilLetGo(environment, handler.work(state, { run, writer, signal }), signal)
      : stoppedEnd(run.cancelRequestedAtMs === null ? "shutdown" : "cancelled");
  } catch (error) {
    end = signal.aborted && opened ? stoppedEnd(signal.reason as StopReason) : toEnd(environment, error, run);
  }
  await settle(deps, writer, { handler, run, opened }, bug ?? end);
}

/** A handler that ignores its signal is let go: what it still writes is refused. */
async function untilLetGo(environment: Environment, work: Promise<RunEnd>, signal: AbortSignal): Promise<RunEnd> {
  const returned = new AbortController();
  const { promise: letGo, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    environment.wait(graceMs, returned.signal).then(
      () => reject(signal.reason),
      () => {},
    );
  if (signal.aborted) void onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, letGo]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    returned.abort();
  }
}

async function throughOutages<TResult>(
  environment: Environment,
  stopped: AbortSignal,
  attempt: () => Promise<TResult>,
): Promise<TResult> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOutage(error) || stopped.aborted) throw error;
      environment.log.warn({ error }, "the database does not answer; a run waits for it");
      await environment.wait(outageRetryMs, stopped).catch(() => {});
    }
  }
}

async function settle(
  { environment, stopped }: RunWriterDeps,
  writer: RunWriter,
  { handler, run, opened }: Pick<Conduct, "handler" | "run"> & { opened: { state: unknown } | null },
  end: RunEnd,
): Promise<void> {
  let ending = end;
  const closings = [
    ...(opened ? [() => handler.close(opened.state, run, ending)] : []),
    async () => handler.abandon(run, ending, opened?.state ?? null),
    async () => ({ statements: [], events: [] }),
  ];
  for (const [index, close] of closings.entries()) {
    if (writer.isFenced() || stopped.aborted) return;
    const closing = async () => {
      const { statements, events } = await close();
      return { statements, events: [...events, terminalEvent(run.runId, ending)] };
    };
    try {
      await writer.finish(ending, closing, run.startSeq ?? 0);
      return;
    } catch (error) {
      if (index === closings.length - 1) throw error;
      const bug = toEnd(environment, error, run);
      if (ending.status === "completed" || ending.status === "failed") ending = bug;
    }
  }
}

function toEnd(environment: Environment, error: unknown, run: Run): RunEnd {
  if (error instanceof DomainError) return { status: "failed", failure: error.failure };
  const errorId = environment.newId();
  environment.log.error({ error, errorId, runId: run.runId }, "a run failed on a bug");
  return { status: "failed", failure: { code: "run.internal_error", errorId } };
}

function stoppedEnd(reason: StopReason): RunEnd {
  return { status: reason === "cancelled" ? "cancelled" : "interrupted" };
}

function terminalEvent(runId: string, end: RunEnd): StreamEvent {
  if (end.status === "failed" && end.failure) return { type: "run.failed", runId, failure: end.failure };
  return { type: `run.${end.status}` as "run.completed", runId };
}

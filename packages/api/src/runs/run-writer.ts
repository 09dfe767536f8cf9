import type { Claim, EndStatus, Run, RunStore } from "@chatee/db/runs.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { isOutage } from "@chatee/db/violations";
import type { Failure } from "@chatee/shared/failure";
import type { Json } from "@chatee/shared/json";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { EventLog } from "../streams/event-log.ts";
import type { GroupCommit } from "./group-commit.ts";

/** P2 of the promises: what a model says is in the log at most this long after it was said. */
const flushMs = 40;
const maxPendingEvents = 64;
const pauseAboveChars = 1_000_000;
const firstRetryMs = 50;
const retryMaxMs = 2_000;
/** How often a write is tried that is refused although the database answers; after that it is a bug. */
const maxRefusals = 5;
/** How often a write gives way to others that changed what it names; half a minute with all its pauses. */
const maxMoves = 250;

export type RunEnd = { status: EndStatus; failure?: Failure; output?: Json };
/** What the terminal write of a run holds beside the run's own row. */
export type Closing = { statements: Statement[]; events: StreamEvent[] };
export type RunWriter = ReturnType<typeof createRunWriter>;
type Delta = Extract<StreamEvent, { type: "message.delta" }>;

export type RunWriterDeps = {
  runs: Pick<RunStore, "countAppend" | "finish" | "findClaimed">;
  log: EventLog;
  relaxed: GroupCommit;
  durable: GroupCommit;
  environment: Environment;
  leaseMs: number;
  /** Aborts when the process gives up writing; what is not committed by then is left to a takeover. */
  stopped: AbortSignal;
};

/** Of a refused write: it is in the database all the same, the run is no longer ours, or something it named had changed. */
type Standing = "done" | "lost" | "moved";

/**
 * Everything one claimed run writes goes through here, in order, and is refused as a whole once the run's
 * fence was raised. A database that cannot be reached is asked again for as long as it takes; what the model
 * says meanwhile is kept, and the model is paused when that grows too large.
 *
 * @param on.fenced somebody else has the run now. @param on.broken its log refuses an event: a bug.
 */
export function createRunWriter(
  deps: RunWriterDeps,
  run: { claim: Claim; streamId: string; ownerId: string },
  on: { fenced: () => void; broken: (error: unknown) => void },
) {
  const { runs, log, environment, stopped } = deps;
  const { claim, streamId, ownerId } = run;
  let pending: StreamEvent[] = [];
  let pendingChars = 0;
  let pendingIsDurable = false;
  let appends = 0;
  let fenced = false;
  let broken = false;
  let first = true;
  let scheduled = false;
  let chain: Promise<void> = Promise.resolve();

  const leaseUntilMs = () => environment.now() + deps.leaseMs;
  const isOurs = (row: Run | undefined) => row?.fence === claim.fence && row.status === "running";

  async function appendStanding(): Promise<Standing> {
    const row = await runs.findClaimed(claim.runId);
    if (!row || !isOurs(row)) return "lost";
    return row.appends === appends + 1 ? "done" : "moved";
  }

  /**
   * Commits what `prepare` gives, however long the database is away. False when the run is not ours any more.
   *
   * @throws what refused the write, when it is refused again and again although the run is ours.
   */
  async function persist(
    commit: GroupCommit,
    prepare: () => Promise<Statement[]> | Statement[],
    standing: () => Promise<Standing>,
  ): Promise<boolean> {
    let refusals = 0;
    let moves = 0;
    for (let retryMs = firstRetryMs; !fenced && !stopped.aborted; retryMs = Math.min(retryMaxMs, retryMs * 2)) {
      try {
        await commit.submit(await prepare());
        return true;
      } catch (error) {
        const found = error instanceof NothingTouched ? await standing().catch(() => "unknown" as const) : "unknown";
        if (found === "done") return true;
        if (found === "lost") break;
        if (found === "moved") {
          // Others write as well: their turn is over in a moment, and an answer must not fail for it.
          if (++moves >= maxMoves) throw error;
          await environment.wait(environment.random() * moves, stopped).catch(() => {});
          retryMs = firstRetryMs;
          continue;
        }
        if (!(error instanceof NothingTouched || isOutage(error)) && ++refusals >= maxRefusals) throw error;
        environment.log.warn({ error, runId: claim.runId }, "writing a run failed; trying again");
        await environment.wait(retryMs, stopped).catch(() => {});
      }
    }
    if (!fenced && !stopped.aborted) {
      fenced = true;
      on.fenced();
    }
    return false;
  }

  async function flushOnce(): Promise<void> {
    if (pending.length === 0 || fenced || broken) return;
    const events = pending;
    const commit = pendingIsDurable ? deps.durable : deps.relaxed;
    pending = [];
    pendingChars = 0;
    pendingIsDurable = false;
    const statements = () => [
      runs.countAppend(claim, appends, leaseUntilMs()),
      ...log.append(streamId, events, { pruneRunId: claim.runId }),
    ];
    try {
      if (!(await persist(commit, statements, appendStanding))) return;
    } catch (error) {
      broken = true;
      on.broken(error);
      return;
    }
    appends++;
    log.announce(streamId);
  }

  function flush(): Promise<void> {
    chain = chain.then(flushOnce);
    return chain;
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    void environment.wait(flushMs).then(() => {
      scheduled = false;
      return flush();
    });
  }

  return {
    claim,
    isFenced: () => fenced,
    flush,
    /** Adds text; it reaches the log within the flush window. Await the answer: it holds the model back. */
    delta(messageId: string, part: Delta["part"], offset: number, text: string): Promise<void> | undefined {
      const last = pending.at(-1);
      if (last?.type === "message.delta" && last.messageId === messageId && last.part === part) {
        last.text += text;
      } else {
        pending.push({ type: "message.delta", messageId, part, offset, text });
      }
      pendingChars += text.length;
      if (first || pending.length >= maxPendingEvents) {
        first = false;
        void flush();
      } else {
        schedule();
      }
      return pendingChars > pauseAboveChars ? chain : undefined;
    },
    /**
     * Adds an event and resolves once it is in the log; `durable` ones also survive a power loss. False when it
     * was refused: then nothing that counts on it may be done.
     */
    async event(event: StreamEvent, options: { durable?: boolean } = {}): Promise<boolean> {
      pending.push(event);
      pendingIsDurable ||= options.durable ?? false;
      await flush();
      return !fenced && !broken && !stopped.aborted;
    },
    /**
     * Ends the run: its status and what `close` gives in one durable write that also removes the run's passing
     * events. `close` is asked again before each try, so that what it read of others may have changed meanwhile.
     * False when the run was not ours any more: then somebody else ended it and nothing was written.
     *
     * @throws what `close` threw, or what refused its write every time. Nothing was written then.
     */
    async finish(end: RunEnd, close: () => Promise<Closing>, startSeq: number): Promise<boolean> {
      await flush();
      await log.settle(streamId);
      const statements = async () => {
        const closing = await close();
        return [
          runs.finish(claim, { ...end, failure: end.failure ?? null, atMs: environment.now() }),
          ...closing.statements,
          ...log.append(streamId, closing.events),
          log.pruneRun(streamId, claim.runId, startSeq),
        ];
      };
      const standing = async (): Promise<Standing> => {
        const row = await runs.findClaimed(claim.runId);
        if (isOurs(row)) return "moved";
        return row?.fence === claim.fence && row.status === end.status ? "done" : "lost";
      };
      const ended = await persist(deps.durable, statements, standing);
      if (ended) log.announce(streamId, ownerId);
      return ended;
    },
  };
}

import type { Claim, EndStatus, RunStore } from "@chatee/db/runs.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
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
const retryMaxMs = 2_000;

export type RunEnd = { status: EndStatus; failure?: Failure; output?: Json };
export type RunWriter = ReturnType<typeof createRunWriter>;
type Delta = Extract<StreamEvent, { type: "message.delta" }>;

export type RunWriterDeps = {
  runs: RunStore;
  log: EventLog;
  relaxed: GroupCommit;
  durable: GroupCommit;
  environment: Environment;
  leaseMs: number;
};

/**
 * Everything one claimed run writes goes through here, in order, and is refused as a whole once the run's
 * fence was raised. A database that cannot be reached is asked again until `signal` aborts; what the model
 * says meanwhile is kept, and the model is paused when that grows too large.
 */
export function createRunWriter(deps: RunWriterDeps, run: { claim: Claim; streamId: string }, onFenced: () => void) {
  const { runs, log, environment } = deps;
  const { claim, streamId } = run;
  let pending: StreamEvent[] = [];
  let pendingChars = 0;
  let pendingIsDurable = false;
  let appends = 0;
  let fenced = false;
  let first = true;
  let scheduled = false;
  let chain: Promise<void> = Promise.resolve();

  const leaseUntilMs = () => environment.now() + deps.leaseMs;

  /** True when the batch numbered `appends` is in the log although nobody told us so. */
  async function isCommitted(): Promise<boolean> {
    const row = await runs.findClaimed(claim.runId);
    return row?.fence === claim.fence && row.status === "running" && row.appends === appends + 1;
  }

  async function persist(
    commit: GroupCommit,
    statements: () => Statement[],
    isDone: () => Promise<boolean>,
  ): Promise<boolean> {
    for (let retryMs = 50; !fenced; retryMs = Math.min(retryMaxMs, retryMs * 2)) {
      try {
        await commit.submit(statements());
        return true;
      } catch (error) {
        const refused = error instanceof NothingTouched;
        const done = refused ? await isDone().catch(() => null) : null;
        if (done === true) return true;
        if (done === false) break;
        if (!refused) environment.log.warn({ error, runId: claim.runId }, "writing a run failed; trying again");
        await environment.wait(retryMs);
      }
    }
    if (!fenced) {
      fenced = true;
      onFenced();
    }
    return false;
  }

  async function flushOnce(): Promise<void> {
    if (pending.length === 0 || fenced) return;
    const events = pending;
    const commit = pendingIsDurable ? deps.durable : deps.relaxed;
    pending = [];
    pendingChars = 0;
    pendingIsDurable = false;
    const statements = () => [
      runs.countAppend(claim, appends, leaseUntilMs()),
      ...log.append(streamId, events, { pruneRunId: claim.runId }),
    ];
    if (!(await persist(commit, statements, isCommitted))) return;
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
    /** Adds an event and resolves once it is in the log; `durable` ones also survive a power loss. */
    async event(event: StreamEvent, options: { durable?: boolean } = {}): Promise<void> {
      pending.push(event);
      pendingIsDurable ||= options.durable ?? false;
      await flush();
    },
    /**
     * Ends the run: its status, `statements` and `events` in one durable write that also removes the run's
     * passing events. False when the fence had been raised: then somebody else ended it and nothing was written.
     */
    async finish(
      end: RunEnd,
      statements: () => Statement[],
      events: StreamEvent[],
      startSeq: number,
    ): Promise<boolean> {
      await flush();
      await log.settle(streamId);
      const all = () => [
        runs.finish(claim, { ...end, failure: end.failure ?? null, atMs: environment.now() }),
        ...statements(),
        ...log.append(streamId, events),
        log.pruneRun(streamId, claim.runId, startSeq),
      ];
      const isDone = async () => {
        const row = await runs.findClaimed(claim.runId);
        return row?.fence === claim.fence && row.status === end.status;
      };
      const ended = await persist(deps.durable, all, isDone);
      if (ended) log.announce(streamId);
      return ended;
    },
  };
}

import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { Claim, RunStore } from "@chatee/db/runs.store";
import type { SessionRow, SessionStore, SummaryRow } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import type { Environment } from "../environment.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { leaseMs } from "../runs/run-kernel.ts";
import type { Ledger } from "../usage/ledger.ts";
import type { AttachedFiles } from "./attached.ts";
import { toModelMessages } from "./model-context.ts";
import { pageRows } from "./newest-messages.ts";
import { rowTokens } from "./row-tokens.ts";
import { createSumUp } from "./sum-up.ts";
import type { Model } from "./sum-up.ts";
import { createTurnTokens } from "./turn-tokens.ts";

export type SummarizerDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  runs: RunStore;
  ledger: Ledger;
  attached: AttachedFiles;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
};
export type SummaryWork = {
  /** What is built on; undefined where nothing is summed up yet. */
  before: SummaryRow | undefined;
  upToSeq: number;
  /** The provider finds prompts too long: files get less room. */
  strict: boolean;
  signal: AbortSignal;
  claim: Claim | null;
  /** Asked between two rounds, with how many there were. */
  mayGoOn: (rounds: number) => boolean;
};
export type Summarized = {
  /** Covers all that the rounds were given, and no more. */
  summary: SummaryRow | undefined;
  rounds: number;
  /** False when the last round could not be stored: its summary is good for this once. */
  isStored: boolean;
  /** Nothing up to `upToSeq` is left. */
  isWhole: boolean;
};

/** Taken as the window only after a provider said "too long" and nobody knows its size. */
export const assumedWindowTokens = 16_000;
/** The part of the window that one request for a summary may fill. */
const roundRatio = 0.6;

/** Has the model sum up messages, and stores what it says beside the transcript, which stays whole. */
export function createSummarizer(deps: SummarizerDeps) {
  const { messages, sessions, runs, environment } = deps;
  const sumUp = createSumUp(deps);

  /**
   * Not stored when a message it covers was changed meanwhile, what it is built on was forgotten, or the run that made
   * it is not ours any more.
   */
  async function store(
    summary: SummaryRow,
    rows: MessageRow[],
    built: { before: SummaryRow | undefined; grows: boolean; claim: Claim | null; used: Statement[] },
  ): Promise<boolean> {
    const { ownerId, sessionId } = summary;
    const { before, grows, claim, used } = built;
    const stretch = { after: before?.lastSeq ?? 0, upTo: summary.lastSeq, limit: rows.length + 1 };
    for (let attempt = 0; attempt < 10; attempt++) {
      const session = await sessions.find(ownerId, sessionId);
      const now = await messages.versions(ownerId, sessionId, stretch);
      const isSame = rows.every(({ messageId, updatedAtMs }, index) => {
        const current = now[index];
        return current?.messageId === messageId && current.updatedAtMs === updatedAtMs;
      });
      if (!session || !isSame || now.length > rows.length) return false;
      try {
        await deps.write(
          ...(claim ? [runs.guard(claim, environment.now() + leaseMs)] : []),
          sessions.unlessGrown(ownerId, sessionId, session.lastSeq),
          ...(before && !grows ? [sessions.unlessForgotten(before)] : []),
          grows ? sessions.growSummary(summary) : sessions.insertSummary(summary),
          ...used,
        );
        return true;
      } catch (error) {
        if (!(error instanceof NothingTouched)) throw error;
      }
    }
    return false;
  }

  /** One request, stored. With `grows`, the summary it is built on is of the round before and says and covers more now. */
  async function round(
    { ownerId, sessionId }: SessionRow,
    model: Model,
    { before, grows, page, maxTokens }: Round,
    { strict, signal, claim }: SummaryWork,
  ) {
    const usageId = environment.newId();
    const tokens = createTurnTokens(0);
    const used = () => {
      const { config } = model;
      const entry = { usageId, ownerId, purpose: "summary" as const, sessionId, messageId: null, config };
      return deps.ledger.enter({ ...entry, used: tokens.total("").used });
    };
    const old = before?.summaryContent ?? null;
    const asking = { ownerId, maxTokens, strict, signal, tokens };
    const made = await sumUp(model, old, page, asking).catch(async (error: unknown) => {
      await deps.write(...used());
      throw error;
    });
    const last = made.rows.at(-1);
    if (!last) throw new TypeError("a round needs messages");
    const oldTokens = before && grows ? before.tokenCountBefore : estimateTokens(old ?? "");
    const summary: SummaryRow = {
      summaryId: before && grows ? before.summaryId : usageId,
      sessionId,
      ownerId,
      summaryContent: made.text,
      lastMessageId: last.messageId,
      lastSeq: last.seq,
      tokenCountBefore: made.rows.reduce((sum, row) => sum + rowTokens(row), oldTokens),
      tokenCountAfter: estimateTokens(made.text),
      createdAtMs: environment.now(),
    };
    const isStored = await store(summary, made.rows, { before, grows, claim, used: used() });
    // What nobody can use was paid for all the same.
    if (!isStored) await deps.write(...used());
    return { summary, isStored, maxTokens: made.maxTokens, count: made.rows.length };
  }

  return {
    /**
     * Sums up what follows `before`, oldest first, in rounds. Each reads one page, has the oldest of it summed up on
     * top of the last summary, and is stored: what is done stays done whatever becomes of the next round, and a
     * summary claims nothing that no round was given. All rounds together make one summary, which grows. Stops before
     * what is still being written, and after a round that cannot be stored.
     */
    async summarize(session: SessionRow, model: Model, work: SummaryWork): Promise<Summarized> {
      const { ownerId, sessionId } = session;
      let maxTokens = (model.config.capabilities.contextWindowTokens ?? assumedWindowTokens) * roundRatio;
      let summary = work.before;
      for (let rounds = 0; ; rounds++) {
        const stretch = { after: summary?.lastSeq ?? 0, upTo: work.upToSeq, limit: pageRows };
        const rows = await messages.branch(ownerId, sessionId, stretch);
        const firstOpen = rows.findIndex((row) => row.status === "streaming");
        const page = firstOpen < 0 ? rows : rows.slice(0, firstOpen);
        const isLast = page.length < pageRows;
        const hasWords = page.some((row) => toModelMessages([row]).length > 0);
        if (isLast && !hasWords) return { summary, rounds, isStored: true, isWhole: firstOpen < 0 };
        if (rounds > 0 && !work.mayGoOn(rounds)) return { summary, rounds, isStored: true, isWhole: false };
        work.signal.throwIfAborted();
        const made = await round(session, model, { before: summary, grows: rounds > 0, page, maxTokens }, work);
        ({ summary, maxTokens } = made);
        if (!made.isStored) {
          const isWhole = isLast && firstOpen < 0 && made.count === page.length;
          return { summary, rounds: rounds + 1, isStored: false, isWhole };
        }
      }
    },
  };
}

type Round = { before: SummaryRow | undefined; grows: boolean; page: MessageRow[]; maxTokens: number };

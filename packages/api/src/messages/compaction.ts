import type { MessageRow } from "@chatee/db/messages.store";
import type { Claim } from "@chatee/db/runs.store";
import type { SessionRow, SummaryRow } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import type { ModelMessage, ToolDefinition } from "../llm/provider.ts";
import { estimateMessagesTokens, estimateTokens } from "../llm/tokens.ts";
import type { AttachedRow } from "./attached.ts";
import { summaryMessages, toModelMessages } from "./model-context.ts";
import type { ModelView } from "./model-context.ts";
import { createNewestMessages, maxMessages } from "./newest-messages.ts";
import { rowTokens } from "./row-tokens.ts";
import { exceeded } from "./run-steps.ts";
import { createSharedWork } from "./shared-work.ts";
import { shortenResults } from "./shorten-results.ts";
import type { Model } from "./sum-up.ts";
import { assumedWindowTokens, createSummarizer } from "./summarizer.ts";
import type { SummarizerDeps } from "./summarizer.ts";

export type Compaction = ReturnType<typeof createCompaction>;
type PromptRequest = Model & {
  session: SessionRow;
  upToSeq: number;
  /** The provider said the last prompt was too long: older messages are summed up whatever the numbers say. */
  strict: boolean;
  signal: AbortSignal;
  claim: Claim;
  tools: ToolDefinition[];
  /** An answer to be carried on; it is shown to the model with the wish to go on. */
  continued: ModelView | null;
};

/** The part of a model's window that a prompt may fill before older messages are summarized. */
const fillRatio = 0.8;
/** The part of the window that the newest messages keep in their own words. */
const keepRatio = 0.3;
/** No model's window is larger by much; bounds what is read where nobody knows the window. */
const widestWindowTokens = 1_250_000;
/**
 * What a turn spends on old messages before it answers. Mostly one round is enough; where far more than a window is
 * uncovered (a long import, a change to a smaller model) each turn gets on by so much, its prompt says that messages
 * are left out, and "Summarize now" does the rest at once.
 */
const turnRounds = 6;
/** No further round is begun after this. */
const turnRoundsMs = 60_000;
/** Of everything, when a person asks for it; some hundred rounds. */
const summarizeNowMs = 60 * 60_000;

/**
 * Builds what a model is sent: the system prompt, the newest summary of what lies further back, and the
 * messages since. When that fills the window, older messages are summarized first. What the user said last is
 * always sent in its own words, and an answer always together with its tool calls and their results.
 */
export function createCompaction(deps: SummarizerDeps) {
  const { sessions, attached, environment } = deps;
  const newest = createNewestMessages(deps);
  const summarizer = createSummarizer(deps);
  const summaries = createSharedWork<SummaryRow>(environment, {
    maxMs: summarizeNowMs,
    expired: () => exceeded(`${summarizeNowMs / 60_000} minutes`),
    lonelyFailure: "a summary failed that nobody waited for any more",
  });

  async function summarizeAll(session: SessionRow, model: Model, signal: AbortSignal): Promise<SummaryRow> {
    const { ownerId, sessionId, lastSeq: upToSeq } = session;
    const work = { upToSeq, strict: false, signal, claim: null, mayGoOn: () => true };
    for (let lost = 0; lost < 3;) {
      const before = await newest.validSummary(session, Number.MAX_SAFE_INTEGER);
      const { summary, rounds, isStored } = await summarizer.summarize(session, model, { ...work, before });
      if (rounds === 0 || !summary) throw new DomainError({ code: "session.nothing_to_summarize", sessionId });
      if (isStored) return summary;
      if (!(await sessions.find(ownerId, sessionId))) throw new DomainError({ code: "session.not_found", sessionId });
      lost = rounds > 1 ? 1 : lost + 1;
    }
    throw new DomainError({ code: "session.busy", sessionId, runId: session.activeRunId ?? "" });
  }

  /**
   * The messages that are sent as they are, and up to where those before them have to be summed up first; null when
   * everything fits. `around` counts what is sent beside the messages.
   */
  async function choose(request: PromptRequest, room: number, around: () => number) {
    const { session, config, upToSeq, strict } = request;
    const { rows: read, summary, keepSeq, isCut } = await newest.read(session, upToSeq, room * fillRatio);
    const rows = await attached(session.ownerId, read, request);
    const isKnown = strict || config.capabilities.contextWindowTokens != null;
    const used = () => around() + estimateTokens(summary?.summaryContent ?? "") + countTokens(rows);
    const isFull = strict || isCut || (isKnown && used() > room * fillRatio);
    const kept = isFull
      ? newestWithin(rows, { tokens: room * keepRatio, rows: maxMessages * keepRatio }, keepSeq)
      : rows;
    const [first] = kept;
    const sumUpTo = first && (isCut || kept.length < rows.length) ? first.seq - 1 : null;
    return { summary, keepSeq, rows: kept, sumUpTo };
  }

  /** As many of the newest messages as fit beside a summary that does not reach as far as it should. */
  async function fill(request: PromptRequest, summary: SummaryRow | undefined, keepSeq: number, tokens: number) {
    const { session, upToSeq } = request;
    const { rows: read, isCut } = await newest.after(session, summary?.lastSeq ?? 0, upToSeq, tokens);
    const rows = await attached(session.ownerId, read, request);
    if (!isCut && countTokens(rows) <= tokens) return { rows, isPartial: false };
    return { rows: newestWithin(rows, { tokens, rows: maxMessages }, keepSeq), isPartial: true };
  }

  return {
    /**
     * Summarizes everything on the active branch that no summary covers yet. It goes on when the caller leaves; a
     * second caller for the same session gets the summary that is being made.
     *
     * @throws DomainError `session.nothing_to_summarize`; `session.busy` when its messages keep changing meanwhile;
     * `run.budget_exceeded` after an hour. What was summed up until then is kept.
     */
    summarizeNow: (session: SessionRow, model: Model, signal: AbortSignal): Promise<SummaryRow> =>
      summaries.join(session.sessionId, signal, (own) => summarizeAll(session, model, own)),
    /** Ends the summaries that are being made; what was summed up until then is kept. */
    stop: summaries.stop,
    async prompt(request: PromptRequest): Promise<ModelMessage[]> {
      const { session, config, strict, signal, claim } = request;
      const known = config.capabilities.contextWindowTokens ?? (strict ? assumedWindowTokens : null);
      const windowTokens = known ?? widestWindowTokens;
      const room = windowTokens - Math.min(config.maxTokens ?? 0, windowTokens / 2);
      const begin: ModelMessage[] = session.systemPrompt?.trim()
        ? [{ role: "system", content: session.systemPrompt }]
        : [];
      const end = continuation(request.continued);
      const around = () => estimateMessagesTokens([...begin, ...end]) + toolTokens(request.tools);
      const chosen = await choose(request, room, around);
      let { summary, rows } = chosen;
      let isPartial = false;
      if (chosen.sumUpTo !== null) {
        const work = { before: summary, upToSeq: chosen.sumUpTo, strict, signal, claim, mayGoOn: turnLimit() };
        const made = await summarizer.summarize(session, request, work);
        summary = made.summary;
        isPartial = !made.isWhole;
        if (isPartial && !strict) {
          const left = room * fillRatio - around() - estimateTokens(summary?.summaryContent ?? "");
          ({ rows, isPartial } = await fill(request, summary, chosen.keepSeq, left));
        }
      }
      const prompt = [
        ...begin,
        ...summaryMessages(summary?.summaryContent ?? null, isPartial),
        ...toModelMessages(rows),
        ...end,
      ];
      return strict ? (shortenResults(prompt) ?? prompt) : prompt;
    },
  };

  function turnLimit(): (rounds: number) => boolean {
    const sinceMs = environment.elapsedMs();
    return (rounds) => rounds < turnRounds && environment.elapsedMs() - sinceMs < turnRoundsMs;
  }
}

/** After a tool's result a model goes on by itself; after words of its own it has to be asked. */
function continuation(answer: ModelView | null): ModelMessage[] {
  const said = answer ? toModelMessages([answer]) : [];
  if (said.length === 0 || said.at(-1)?.role === "tool") return said;
  const wish =
    "Your answer was cut off. Continue it exactly where it stopped, without repeating anything and without a comment.";
  return [...said, { role: "user", content: wish }];
}

function toolTokens(tools: ToolDefinition[]): number {
  return tools.length === 0 ? 0 : estimateTokens(JSON.stringify(tools));
}

function countTokens(rows: MessageRow[]): number {
  return rows.reduce((sum, row) => sum + rowTokens(row), 0);
}

/** The newest rows that fit, always those from `keepSeq` on, beginning with words of the user. */
function newestWithin(rows: AttachedRow[], most: { tokens: number; rows: number }, keepSeq: number): AttachedRow[] {
  const mustKeep = rows.findIndex((row) => row.seq >= keepSeq);
  const latest = mustKeep < 0 ? rows.length : mustKeep;
  let tokens = 0;
  let start = rows.length;
  while (start > 0 && rows.length - start < most.rows) {
    const row = rows[start - 1];
    tokens += row ? rowTokens(row) : 0;
    if (tokens > most.tokens) break;
    start--;
  }
  while (start < latest && rows[start]?.role !== "user") start++;
  return rows.slice(Math.min(start, latest));
}

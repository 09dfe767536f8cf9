import type { MessageRow } from "@chatee/db/messages.store";
import type { Claim } from "@chatee/db/runs.store";
import type { SessionRow, SummaryRow } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import type { ModelMessage, ToolDefinition } from "../llm/provider.ts";
import { estimateMessagesTokens, estimateTokens } from "../llm/tokens.ts";
import type { AttachedFiles, AttachedRow } from "./attached.ts";
import { toModelMessages } from "./model-context.ts";
import type { ModelView } from "./model-context.ts";
import { shortenResults } from "./shorten-results.ts";
import { assumedWindowTokens, createSummarizer, rowTokens, summaryMessages } from "./summarizer.ts";
import type { Model, SummarizerDeps } from "./summarizer.ts";

export type Compaction = ReturnType<typeof createCompaction>;

/** The part of a model's window that a prompt may fill before older messages are summarized. */
const fillRatio = 0.8;
/** The part of the window that the newest messages keep in their own words. */
const keepRatio = 0.3;
const maxMessages = 4_000;
/** How far back the newest words of the user are looked for. */
const lookBack = 50;

/**
 * Builds what a model is sent: the system prompt, the newest summary of what lies further back, and the
 * messages since. When that fills the window, older messages are summarized first. What the user said last is
 * always sent in its own words, and an answer always together with its tool calls and their results.
 */
export function createCompaction(deps: SummarizerDeps & { attached: AttachedFiles }) {
  const { messages, sessions, attached } = deps;
  const summarizer = createSummarizer(deps);

  /** The newest summary that still describes the active branch and ends before `beforeSeq`. */
  async function validSummary(session: SessionRow, beforeSeq: number): Promise<SummaryRow | undefined> {
    const all = await sessions.summaries(session.ownerId, session.sessionId);
    const usable = all.filter((one) => one.lastSeq < beforeSeq).sort((a, b) => b.lastSeq - a.lastSeq);
    for (const summary of usable) {
      const last = await messages.find(session.ownerId, summary.lastMessageId);
      if (last?.active) return summary;
    }
    return undefined;
  }

  async function window(
    session: SessionRow,
    upToSeq: number,
    beforeSeq: number,
    reader: { config: LlmConfig; strict: boolean; signal: AbortSignal },
  ) {
    const { ownerId, sessionId } = session;
    const summary = await validSummary(session, beforeSeq);
    const rows = await messages.branch(ownerId, sessionId, summary?.lastSeq ?? 0, upToSeq);
    return { summary, rows: await attached(ownerId, rows.slice(-maxMessages), reader) };
  }

  /** The number of what the user said last; of the newest message where the user is not among the last ones. */
  async function lastWordsSeq({ ownerId, sessionId }: SessionRow, upToSeq: number): Promise<number> {
    const newest = await messages.page(ownerId, sessionId, upToSeq + 1, lookBack);
    return (newest.find((row) => row.role === "user") ?? newest[0])?.seq ?? 0;
  }

  return {
    /**
     * Summarizes everything on the active branch that no summary covers yet.
     *
     * @throws DomainError `session.nothing_to_summarize`; `session.busy` when its messages keep changing meanwhile.
     */
    async summarizeNow(session: SessionRow, model: Model, signal: AbortSignal): Promise<SummaryRow> {
      for (let attempt = 0; attempt < 3; attempt++) {
        const reader = { config: model.config, strict: false, signal };
        const { summary, rows } = await window(session, session.lastSeq, Number.POSITIVE_INFINITY, reader);
        const firstOpen = rows.findIndex((row) => row.status === "streaming");
        const settled = firstOpen < 0 ? rows : rows.slice(0, firstOpen);
        const said = settled.some((row) => row.content.trim() !== "") ? settled : [];
        const made = await summarizer.summarize(session, model, summary, said, { signal, claim: null });
        if (made.isStored) return made.summary;
        if (!(await sessions.find(session.ownerId, session.sessionId)))
          throw new DomainError({ code: "session.not_found", sessionId: session.sessionId });
      }
      const { sessionId, activeRunId } = session;
      throw new DomainError({ code: "session.busy", sessionId, runId: activeRunId ?? "" });
    },
    /**
     * @param request.strict the provider said the last prompt was too long: summarize whatever the numbers say.
     * @param request.continued an answer to be carried on; it is shown to the model with the wish to go on.
     */
    async prompt(
      request: Model & {
        session: SessionRow;
        upToSeq: number;
        strict: boolean;
        signal: AbortSignal;
        claim: Claim;
        tools: ToolDefinition[];
        continued: ModelView | null;
      },
    ): Promise<ModelMessage[]> {
      const { session, config, upToSeq, strict, signal, claim } = request;
      const windowTokens = config.capabilities.contextWindowTokens ?? (strict ? assumedWindowTokens : null);
      const keepSeq = await lastWordsSeq(session, upToSeq);
      let { summary, rows } = await window(session, upToSeq, keepSeq, request);
      const begin: ModelMessage[] = session.systemPrompt?.trim()
        ? [{ role: "system", content: session.systemPrompt }]
        : [];
      const end = continuation(request.continued);
      if (windowTokens !== null) {
        const room = windowTokens - Math.min(config.maxTokens ?? 0, windowTokens / 2);
        const around = estimateMessagesTokens([...begin, ...end]) + toolTokens(request.tools);
        const used = around + estimateTokens(summary?.summaryContent ?? "") + countTokens(rows);
        if (strict || used > room * fillRatio) {
          const kept = newestWithin(rows, room * keepRatio, keepSeq);
          const older = rows.slice(0, rows.length - kept.length);
          if (older.length > 0) {
            ({ summary } = await summarizer.summarize(session, request, summary, older, { signal, claim }));
            rows = kept;
          }
        }
      }
      const prompt = [...begin, ...summaryMessages(summary?.summaryContent ?? null), ...toModelMessages(rows), ...end];
      return strict ? (shortenResults(prompt) ?? prompt) : prompt;
    },
  };
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
function newestWithin(rows: AttachedRow[], maxTokens: number, keepSeq: number): AttachedRow[] {
  const mustKeep = rows.findIndex((row) => row.seq >= keepSeq);
  const latest = mustKeep < 0 ? rows.length : mustKeep;
  let tokens = 0;
  let start = rows.length;
  while (start > 0) {
    const row = rows[start - 1];
    tokens += row ? rowTokens(row) : 0;
    if (tokens > maxTokens) break;
    start--;
  }
  while (start < latest && rows[start]?.role !== "user") start++;
  return rows.slice(Math.min(start, latest));
}

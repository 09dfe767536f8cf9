import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { SessionRow, SessionStore, SummaryRow } from "@chatee/db/sessions.store";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Message } from "@chatee/shared/messages";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import { estimateTokens } from "../llm/tokens.ts";
import { toModelMessages } from "./model-context.ts";

export type Compaction = ReturnType<typeof createCompaction>;
type Model = { config: LlmConfig; provider: ModelProvider };

/** The part of a model's window that a prompt may fill before older messages are summarized. */
const fillRatio = 0.8;
/** The part of the window that the newest messages keep in their own words. */
const keepRatio = 0.3;
/** Taken as the window only after a provider said "too long" and nobody knows its size. */
const assumedWindowTokens = 16_000;
const maxMessages = 4_000;

const instruction =
  "Summarize the conversation above for your own later use, in the language it is held in. Keep every fact, decision, name, " +
  "number, code identifier, open question and wish of the user that later messages may need. Leave out pleasantries. Write only the summary.";

/**
 * Builds what a model is sent: the system prompt, the newest summary of what lies further back, and the
 * messages since. When that fills the window, older messages are summarized first. The transcript stays whole.
 */
export function createCompaction(deps: {
  messages: MessageStore;
  sessions: SessionStore;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
}) {
  const { messages, sessions, environment } = deps;

  /** The newest summary that still describes the active branch. */
  async function validSummary(session: SessionRow, upToSeq: number): Promise<SummaryRow | undefined> {
    const all = await sessions.summaries(session.ownerId, session.sessionId);
    for (const summary of all.filter((one) => one.lastSeq <= upToSeq).sort((a, b) => b.lastSeq - a.lastSeq)) {
      const last = await messages.find(session.ownerId, summary.lastMessageId);
      if (last?.active) return summary;
    }
    return undefined;
  }

  async function window(session: SessionRow, upToSeq: number) {
    const summary = await validSummary(session, upToSeq);
    const rows = await messages.branch(session.ownerId, session.sessionId, summary?.lastSeq ?? 0, upToSeq);
    return { summary, rows: rows.slice(-maxMessages) };
  }

  async function ask({ config, provider }: Model, prompt: ModelMessage[], signal: AbortSignal): Promise<string> {
    let text = "";
    const request = { model: config.model, messages: prompt, tools: [], maxOutputTokens: config.maxTokens };
    const { now, wait, random } = environment;
    for await (const event of streamModel(provider, request, signal, {
      providerId: config.provider,
      now,
      wait,
      random,
    })) {
      if (event.type === "content") text += event.text;
    }
    if (text.trim() === "")
      throw new DomainError({ code: "llm.bad_response", provider: config.provider, detail: "an empty summary" });
    return text.trim();
  }

  /** Summarizes `rows` on top of `before`, in as many rounds as the window asks for, and stores the result. */
  async function summarize(
    session: SessionRow,
    model: Model,
    before: SummaryRow | undefined,
    rows: MessageRow[],
    signal: AbortSignal,
  ): Promise<SummaryRow> {
    const roundTokens = (model.config.capabilities.contextWindowTokens ?? assumedWindowTokens) * 0.6;
    let text = before?.summaryContent ?? null;
    let tokensBefore = text ? estimateTokens(text) : 0;
    for (const round of inRounds(rows, roundTokens)) {
      tokensBefore += countTokens(round);
      text = await ask(
        model,
        [...summaryMessages(text), ...toModelMessages(round), { role: "user", content: instruction }],
        signal,
      );
    }
    const last = rows.at(-1);
    if (!last || text === null)
      throw new DomainError({ code: "session.nothing_to_summarize", sessionId: session.sessionId });
    const summary: SummaryRow = {
      summaryId: environment.newId(),
      sessionId: session.sessionId,
      ownerId: session.ownerId,
      summaryContent: text,
      lastMessageId: last.messageId,
      lastSeq: last.seq,
      tokenCountBefore: tokensBefore,
      tokenCountAfter: estimateTokens(text),
      createdAtMs: environment.now(),
    };
    await deps.write(sessions.insertSummary(summary));
    return summary;
  }

  return {
    /** Summarizes everything on the active branch that no summary covers yet. */
    async summarizeNow(session: SessionRow, model: Model, signal: AbortSignal): Promise<SummaryRow> {
      const { summary, rows } = await window(session, session.lastSeq);
      const settled = rows.filter((row) => row.status !== "streaming" && row.content.trim() !== "");
      return await summarize(session, model, summary, settled, signal);
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
        continued: Message | null;
      },
    ): Promise<ModelMessage[]> {
      const { session, config, upToSeq, signal } = request;
      const windowTokens = config.capabilities.contextWindowTokens ?? (request.strict ? assumedWindowTokens : null);
      let { summary, rows } = await window(session, upToSeq);
      const room = windowTokens === null ? null : windowTokens - Math.min(config.maxTokens ?? 0, windowTokens / 2);
      const used = countTokens(rows) + estimateTokens(`${session.systemPrompt ?? ""}${summary?.summaryContent ?? ""}`);
      if (room !== null && (request.strict || used > room * fillRatio)) {
        const kept = newestWithin(rows, room * keepRatio);
        const older = rows.slice(0, rows.length - kept.length);
        if (older.length > 0) {
          summary = await summarize(session, request, summary, older, signal);
          rows = kept;
        }
      }
      const system: ModelMessage[] = session.systemPrompt?.trim()
        ? [{ role: "system", content: session.systemPrompt }]
        : [];
      return [
        ...system,
        ...summaryMessages(summary?.summaryContent ?? null),
        ...toModelMessages(rows),
        ...continuation(request.continued),
      ];
    },
  };
}

function summaryMessages(text: string | null): ModelMessage[] {
  return text === null
    ? []
    : [
        { role: "user", content: `Summary of the conversation so far:\n${text}` },
        { role: "assistant", content: "Understood." },
      ];
}

function continuation(message: Message | null): ModelMessage[] {
  if (!message || message.content === "") return [];
  return [
    { role: "assistant", content: message.content },
    {
      role: "user",
      content:
        "Your answer was cut off. Continue it exactly where it stopped, without repeating anything and without a comment.",
    },
  ];
}

function countTokens(rows: MessageRow[]): number {
  return rows.reduce((sum, row) => sum + (row.tokenCount ?? estimateTokens(row.content)), 0);
}

/** The newest rows that fit, always at least the last one, and never starting with an answer. */
function newestWithin(rows: MessageRow[], maxTokens: number): MessageRow[] {
  let start = rows.length - 1;
  let tokens = 0;
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index];
    if (!row) break;
    tokens += countTokens([row]);
    if (tokens > maxTokens) break;
    start = index;
  }
  while (start < rows.length - 1 && rows[start]?.role !== "user") start++;
  return rows.slice(Math.max(start, 0));
}

function inRounds(rows: MessageRow[], maxTokens: number): MessageRow[][] {
  const rounds: MessageRow[][] = [];
  let tokens = Infinity;
  for (const row of rows) {
    const size = countTokens([row]);
    if (tokens + size > maxTokens) {
      rounds.push([]);
      tokens = 0;
    }
    rounds.at(-1)?.push(row);
    tokens += size;
  }
  return rounds;
}

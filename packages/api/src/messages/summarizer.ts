import type { MessageRow, MessageStore } from "@chatee/db/messages.store";
import type { Claim, RunStore } from "@chatee/db/runs.store";
import type { SessionRow, SessionStore, SummaryRow } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import { toolCallsOf } from "@chatee/shared/transcript";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import { estimateMessagesTokens, estimateTokens } from "../llm/tokens.ts";
import { leaseMs } from "../runs/run-kernel.ts";
import type { Ledger } from "../usage/ledger.ts";
import { clip } from "./clip.ts";
import { toModelMessages } from "./model-context.ts";
import { isTooLong } from "./run-steps.ts";
import { withoutMedia } from "./tool-media.ts";
import { createTurnTokens } from "./turn-tokens.ts";
import type { TurnTokens } from "./turn-tokens.ts";

export type Model = { config: LlmConfig; provider: ModelProvider };
export type SummarizerDeps = {
  messages: MessageStore;
  sessions: SessionStore;
  runs: RunStore;
  ledger: Ledger;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
};

/** Taken as the window only after a provider said "too long" and nobody knows its size. */
export const assumedWindowTokens = 16_000;
/** The part of the window that one request for a summary may fill. */
const roundRatio = 0.6;
const minRoundTokens = 500;

const instruction =
  "Summarize the conversation above for your own later use, in the language it is held in. Keep every fact, decision, name, " +
  "number, code identifier, open question and wish of the user that later messages may need. Leave out pleasantries. Write only the summary.";

/** A summary as the model reads it. */
export function summaryMessages(text: string | null): ModelMessage[] {
  return text === null
    ? []
    : [
        { role: "user", content: `Summary of the conversation so far:\n${text}` },
        { role: "assistant", content: "Understood." },
      ];
}

/** What a message costs to send. A count that its text cannot have (a client's word) is not believed. */
export function rowTokens(row: MessageRow): number {
  const sendsLess = row.role === "assistant" && ((row.thinking ?? "") !== "" || toolCallsOf(row).length > 0);
  if (!sendsLess && row.tokenCount !== null && row.tokenCount >= row.content.length / 8) return row.tokenCount;
  return estimateMessagesTokens(toModelMessages([row]));
}

/** Has the model sum up messages, and stores what it says beside the transcript, which stays whole. */
export function createSummarizer(deps: SummarizerDeps) {
  const { messages, sessions, runs, environment } = deps;

  async function ask(
    { config, provider }: Model,
    prompt: ModelMessage[],
    { signal, tokens }: { signal: AbortSignal; tokens: TurnTokens },
  ): Promise<string> {
    let text = "";
    tokens.ask(prompt, () => text);
    const request = { model: config.model, messages: prompt, tools: [], maxOutputTokens: config.maxTokens };
    const { elapsedMs: now, wait, random } = environment;
    const options = { providerId: config.provider, now, wait, random };
    for await (const event of streamModel(provider, request, signal, options))
      if (event.type === "content") text += event.text;
      else if (event.type === "finish") tokens.answered(event.usage);
    if (text.trim() === "")
      throw new DomainError({ code: "llm.bad_response", provider: config.provider, detail: "an empty summary" });
    return text.trim();
  }

  /** In as many requests as the window asks for; smaller ones when the provider finds them too long. */
  async function sumUp(
    model: Model,
    before: string | null,
    rows: MessageRow[],
    asking: { signal: AbortSignal; tokens: TurnTokens },
  ): Promise<string> {
    let text = before;
    let left = rows;
    let roundTokens = (model.config.capabilities.contextWindowTokens ?? assumedWindowTokens) * roundRatio;
    while (left.length > 0 || text === null) {
      const round = firstRound(left, roundTokens);
      const said = withoutMedia(shortTo(toModelMessages(round), roundTokens));
      const prompt: ModelMessage[] = [...summaryMessages(text), ...said, { role: "user", content: instruction }];
      try {
        text = await ask(model, prompt, asking);
        left = left.slice(round.length);
      } catch (error) {
        roundTokens /= 2;
        if (isTooLong(error)) asking.tokens.refused();
        if (!isTooLong(error) || roundTokens < minRoundTokens) throw error;
      }
    }
    return text;
  }

  /** Not stored when a message it covers was changed meanwhile, or the run that made it is not ours any more. */
  async function store(
    summary: SummaryRow,
    rows: MessageRow[],
    claim: Claim | null,
    used: Statement[],
  ): Promise<boolean> {
    const { ownerId, sessionId } = summary;
    const after = (rows[0]?.seq ?? 1) - 1;
    for (let attempt = 0; attempt < 10; attempt++) {
      const session = await sessions.find(ownerId, sessionId);
      const now = await messages.branch(ownerId, sessionId, after, summary.lastSeq);
      const isSame = rows.every((row, index) => {
        const current = now[now.length - rows.length + index];
        return current?.messageId === row.messageId && current.updatedAtMs === row.updatedAtMs;
      });
      if (!session || !isSame) return false;
      try {
        await deps.write(
          ...(claim ? [runs.guard(claim, environment.now() + leaseMs)] : []),
          sessions.unlessGrown(ownerId, sessionId, session.lastSeq),
          sessions.insertSummary(summary),
          ...used,
        );
        return true;
      } catch (error) {
        if (!(error instanceof NothingTouched)) throw error;
      }
    }
    return false;
  }

  return {
    /**
     * Sums up `rows` on top of `before`.
     *
     * @returns the summary, and whether it is stored: it is not when the messages changed meanwhile.
     */
    async summarize(
      session: SessionRow,
      model: Model,
      before: SummaryRow | undefined,
      rows: MessageRow[],
      options: { signal: AbortSignal; claim: Claim | null },
    ): Promise<{ summary: SummaryRow; isStored: boolean }> {
      const { ownerId, sessionId } = session;
      const last = rows.at(-1);
      if (!last) throw new DomainError({ code: "session.nothing_to_summarize", sessionId });
      const old = before?.summaryContent ?? null;
      const summaryId = environment.newId();
      const tokens = createTurnTokens(0);
      const used = () => {
        const { config } = model;
        const entry = { usageId: summaryId, ownerId, purpose: "summary" as const, sessionId, messageId: null, config };
        return deps.ledger.enter({ ...entry, used: tokens.total("").used });
      };
      const text = await sumUp(model, old, rows, { signal: options.signal, tokens }).catch(async (error: unknown) => {
        await deps.write(...used());
        throw error;
      });
      const summary: SummaryRow = {
        summaryId,
        sessionId,
        ownerId,
        summaryContent: text,
        lastMessageId: last.messageId,
        lastSeq: last.seq,
        tokenCountBefore: rows.reduce((sum, row) => sum + rowTokens(row), old === null ? 0 : estimateTokens(old)),
        tokenCountAfter: estimateTokens(text),
        createdAtMs: environment.now(),
      };
      const isStored = await store(summary, rows, options.claim, used());
      // What nobody can use was paid for all the same.
      if (!isStored) await deps.write(...used());
      return { summary, isStored };
    },
  };
}

/** The oldest rows that fit together, at least one. */
function firstRound(rows: MessageRow[], maxTokens: number): MessageRow[] {
  let tokens = 0;
  const end = rows.findIndex((row, index) => {
    tokens += rowTokens(row);
    return index > 0 && tokens > maxTokens;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** A single message may be longer than a whole round: then its middle is left out. */
function shortTo(said: ModelMessage[], maxTokens: number): ModelMessage[] {
  return said.map((message) => {
    const tokens = estimateMessagesTokens([message]);
    if (tokens <= maxTokens) return message;
    const keep = (text: string) => clip(text, Math.floor((text.length * maxTokens) / tokens));
    return message.role === "tool"
      ? { ...message, output: keep(message.output) }
      : { ...message, content: keep(message.content) };
  });
}

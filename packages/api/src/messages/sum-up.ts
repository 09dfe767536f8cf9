import type { MessageRow } from "@chatee/db/messages.store";
import { DomainError } from "@chatee/shared/failure";
import type { LlmConfig } from "@chatee/shared/llm";
import type { Environment } from "../environment.ts";
import type { ModelMessage, ModelProvider } from "../llm/provider.ts";
import { streamModel } from "../llm/stream-model.ts";
import { estimateMessagesTokens } from "../llm/tokens.ts";
import type { AttachedFiles } from "./attached.ts";
import { clip } from "./clip.ts";
import { summaryMessages, toModelMessages } from "./model-context.ts";
import { rowTokens } from "./row-tokens.ts";
import { isTooLong } from "./run-steps.ts";
import { withoutMedia } from "./tool-media.ts";
import type { TurnTokens } from "./turn-tokens.ts";

export type Model = { config: LlmConfig; provider: ModelProvider };
export type Asking = {
  ownerId: string;
  /** How much one request may hold. */
  maxTokens: number;
  /** The provider finds prompts too long: files get less room. */
  strict: boolean;
  signal: AbortSignal;
  tokens: TurnTokens;
};
/** `rows` are what the text is of beside the summary before it; `maxTokens` is what the provider did not find too long. */
export type SummedUp = { text: string; rows: MessageRow[]; maxTokens: number };

const minRoundTokens = 500;
/** In place of a summary of whole pages of empty messages, which no model is asked about. */
const nothingSaid = "Nothing was said.";
const instruction =
  "Summarize the conversation above for your own later use, in the language it is held in. Keep every fact, decision, name, " +
  "number, code identifier, open question and wish of the user that later messages may need. Leave out pleasantries. Write only the summary.";

/** One request for a summary. */
export function createSumUp({ attached, environment }: { attached: AttachedFiles; environment: Environment }) {
  async function ask(
    { config, provider }: Model,
    prompt: ModelMessage[],
    { signal, tokens }: Pick<Asking, "signal" | "tokens">,
  ): Promise<string> {
    let text = "";
    tokens.ask(prompt, () => text);
    const { model, maxTokens: maxOutputTokens } = config;
    const { contextWindowTokens } = config.capabilities;
    const request = { model, messages: prompt, tools: [], maxOutputTokens, contextWindowTokens };
    const { elapsedMs: now, wait, random } = environment;
    const options = { providerId: config.provider, now, wait, random };
    for await (const event of streamModel(provider, request, signal, options))
      if (event.type === "content") text += event.text;
      else if (event.type === "finish") tokens.answered(event.usage);
    if (text.trim() === "")
      throw new DomainError({ code: "llm.bad_response", provider: config.provider, detail: "an empty summary" });
    return text.trim();
  }

  /**
   * The oldest rows that fit into one request, with the words of their files; one that says something is among them, if
   * any does. Each message by itself: of many that share the room for files, the oldest would go without.
   */
  async function firstRound(
    page: MessageRow[],
    config: LlmConfig,
    { ownerId, maxTokens, strict, signal }: Asking,
  ): Promise<MessageRow[]> {
    // Pictures are not sent along, so none need to be read.
    const blind = { ...config, capabilities: { ...config.capabilities, vision: null } };
    const rows: MessageRow[] = [];
    let tokens = 0;
    for (const row of page) {
      const [filled = row] = await attached(ownerId, [row], { config: blind, strict, signal });
      const before = tokens;
      tokens += rowTokens(filled);
      if (before > 0 && tokens > maxTokens) break;
      rows.push(filled);
    }
    return rows;
  }

  /**
   * Has the oldest of `page` summed up on top of `before`: as many as fit, and fewer when the provider finds them too
   * long.
   */
  return async (model: Model, before: string | null, page: MessageRow[], asking: Asking): Promise<SummedUp> => {
    const { signal, tokens } = asking;
    for (let { maxTokens } = asking; ; maxTokens /= 2) {
      const rows = await firstRound(page, model.config, { ...asking, maxTokens });
      const said = withoutMedia(shortTo(toModelMessages(rows), maxTokens));
      if (said.length === 0) return { text: before ?? nothingSaid, rows, maxTokens };
      const prompt: ModelMessage[] = [...summaryMessages(before), ...said, { role: "user", content: instruction }];
      try {
        return { text: await ask(model, prompt, { signal, tokens }), rows, maxTokens };
      } catch (error) {
        if (isTooLong(error)) tokens.refused();
        if (!isTooLong(error) || maxTokens / 2 < minRoundTokens) throw error;
      }
    }
  };
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

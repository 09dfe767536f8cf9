import { DomainError } from "@chatee/shared/failure";
import type { LlmFailure } from "./providers/provider-failure.ts";
import type { ModelProvider, ModelRequest } from "./provider.ts";

export type ModelTest = { ok: true; latencyMs: number; reply: string } | { ok: false; failure: LlmFailure };

/** Enough for a model that thinks before one word, small enough to cost nothing. */
const maxOutputTokens = 256;
const maxReplyChars = 200;

/**
 * Asks a model for one word. A model that only thinks (or spends the limit on it) passes: it answered. There is no
 * timeout of its own: pass a signal that has one; its reason is thrown, not returned.
 */
export async function testModel(
  provider: ModelProvider,
  model: string,
  signal: AbortSignal,
  now: () => number,
): Promise<ModelTest> {
  const messages: ModelRequest["messages"] = [{ role: "user", content: "Answer with one word: pong" }];
  const startedAtMs = now();
  const said = { thinking: "", content: "" };
  try {
    for await (const event of provider.stream({ model, messages, tools: [], maxOutputTokens }, signal)) {
      if (event.type === "thinking" || event.type === "content") said[event.type] += event.text;
    }
  } catch (error) {
    if (error instanceof DomainError && isLlmFailure(error.failure)) return { ok: false, failure: error.failure };
    throw error;
  }
  const reply = (said.content.trim() || said.thinking.trim()).slice(0, maxReplyChars);
  return { ok: true, latencyMs: Math.round(now() - startedAtMs), reply };
}

const isLlmFailure = (failure: { code: string }): failure is LlmFailure => failure.code.startsWith("llm.");

import { DomainError } from "@chatee/shared/failure";
import { capabilitiesOf } from "../capabilities.ts";
import type { ModelEvent, ModelProvider, ModelRequest, ModelUsage, ProviderDeps } from "../provider.ts";
import { toAnswer } from "./demo-answer.ts";
import { type DemoScript, readScript } from "./demo-script.ts";
import { untilAborted } from "../until-aborted.ts";

/**
 * The built-in model: no key, no network, the same words for the same conversation. `demo` pauses like a real model,
 * `demo-fast` never does. Besides answering about chatee (in Chinese or English, as asked) and calling a clock tool
 * when asked for the time, it obeys a `/demo` line in the last user message; see demo-script.ts.
 * Its usage is exact: a token of this model is one piece of its stream.
 */
export function createDemoProvider(deps: ProviderDeps): ModelProvider {
  return {
    async *stream(request, signal) {
      const counts = { thinking: 0, content: 0 };
      let calls = 0;
      for await (const event of perform(request, deps, signal)) {
        signal.throwIfAborted();
        if (event.type === "thinking" || event.type === "content") counts[event.type]++;
        if (event.type === "tool_call") calls++;
        yield event;
      }
      signal.throwIfAborted();
      const usage = toDemoUsage(request, counts.thinking, counts.thinking + counts.content + calls);
      yield { type: "finish", reason: calls > 0 ? "tool_calls" : "stop", usage, providerData: null };
    },
    models: async () =>
      ["demo", "demo-fast"].map((model) => ({
        model,
        name: model === "demo" ? "Demo (built in)" : "Demo without pauses (built in)",
        capabilities: capabilitiesOf("demo", model),
      })),
  };
}

async function* perform(request: ModelRequest, deps: ProviderDeps, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  const turn = request.messages.slice(request.messages.findLastIndex((message) => message.role === "user"));
  const asked = turn[0]?.role === "user" ? turn[0].content : "";
  const script = readScript(asked);
  if (script && !(script.kind === "tool" && turn.some((message) => message.role === "tool"))) {
    yield* act(script, request, deps, signal);
    return;
  }
  const answer = toAnswer(request, asked, turn);
  const pauses = request.model !== "demo-fast";
  for (const [type, text] of [
    ["thinking", answer.thinking],
    ["content", answer.content],
  ] as const) {
    for (const [index, piece] of toPieces(text).entries()) {
      signal.throwIfAborted();
      if (pauses) await deps.wait(pauseBefore(piece, index), signal);
      yield { type, text: piece };
    }
  }
  if (answer.call) yield toCall(request, answer.call);
}

async function* act(
  script: DemoScript,
  request: ModelRequest,
  deps: ProviderDeps,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  switch (script.kind) {
    case "echo":
      for (const piece of toPieces(script.text)) yield { type: "content", text: piece };
      return;
    case "tool": {
      const tool =
        request.tools.find(({ name }) => !script.name || name === script.name) ??
        request.tools.find(({ name }) => name.endsWith(`__${script.name}`));
      if (tool) yield toCall(request, tool.name, script.input);
      else yield { type: "content", text: "There is no such tool in this session." };
      return;
    }
    case "tokens":
      for (let index = 0; index < script.thinking + script.tokens; index++) {
        signal.throwIfAborted();
        if (script.delayMs > 0) await deps.wait(script.delayMs, signal);
        const thinking = index < script.thinking;
        const number = thinking ? index : index - script.thinking;
        yield {
          type: thinking ? "thinking" : "content",
          text: `${number > 0 ? " " : ""}${thinking ? "h" : "t"}${number}`,
        };
      }
      if (script.then === "stall") await untilAborted(new Promise<never>(() => {}), signal);
      if (typeof script.then === "object") throw new DomainError(script.then);
  }
}

const toCall = (request: ModelRequest, name: string, input = "{}"): ModelEvent => {
  const before = request.messages.filter((message) => message.role === "tool").length;
  return { type: "tool_call", call: { toolCallId: `demo-call-${before + 1}`, name, input } };
};

/** Pieces as a model would stream them: words with their blanks, Chinese two characters at a time. They join to the text. */
const toPieces = (text: string): string[] =>
  text.match(
    /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]{1,2}|[^\s\p{Script=Han}\u3000-\u303f\uff00-\uffef]+\s*|\s+/gu,
  ) ?? [];

/** Uneven like real tokens, but the same each time; a little longer where a sentence ends. */
const pauseBefore = (piece: string, index: number) =>
  12 + ((index * 7919) % 23) + (/[.!?。！？\n]/.test(piece) ? 25 : 0);

function toDemoUsage({ messages }: ModelRequest, thinkingTokens: number, outputTokens: number): ModelUsage {
  const texts = messages.map((message) => (message.role === "tool" ? message.output : message.content));
  const inputTokens = texts.reduce((sum, text) => sum + toPieces(text).length, 0);
  return { inputTokens, outputTokens, thinkingTokens, cachedInputTokens: 0 };
}

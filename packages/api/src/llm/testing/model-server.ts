import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LLMock } from "@copilotkit/aimock";
import { DomainError, type Failure } from "@chatee/shared/failure";
import { type JsonObject, jsonObject } from "@chatee/shared/json";
import type { ProviderId } from "@chatee/shared/llm";
import type { ModelEvent, ModelProvider, ModelRequest, ProviderDeps, ProviderSettings } from "../provider.ts";
import { createOpenProvider } from "../providers/open-provider.ts";

export type Wire = { provider: ProviderId; path: string; model: string };

/** Every wire chatee speaks; OpenAI has two. The paths are some of the ways in which people write them. */
export const wires: Wire[] = [
  { provider: "openai", path: "/v1/responses", model: "gpt-5" },
  { provider: "openai", path: "", model: "gpt-5" },
  { provider: "anthropic", path: "", model: "claude-sonnet-4-5" },
  { provider: "gemini", path: "/v1beta/", model: "gemini-2.5-pro" },
  { provider: "ollama", path: "/", model: "qwen3:8b" },
  { provider: "openai-compatible", path: "/v1/chat/completions", model: "deepseek-reasoner" },
];

/** A real aimock server: it speaks the wires of OpenAI, Anthropic, Gemini and Ollama. */
export async function startMock(options: ConstructorParameters<typeof LLMock>[0] = {}) {
  const mock = new LLMock({ port: 0, ...options });
  await mock.start();
  return Object.assign(mock, { [Symbol.asyncDispose]: () => mock.stop() });
}

export type ModelServer = AsyncDisposable & {
  url: string;
  /** Resolves when a client has closed the connection of a request before its answer ended. */
  hungUp: Promise<void>;
};

/** A server that answers byte by byte as a test wants. */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ModelServer> {
  const { promise: hungUp, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.on("close", () => response.writableFinished || resolve());
    handle(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hungUp,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export const realDeps: ProviderDeps = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Real deps that also keep the requests as they left: the mock's own journal rewrites them into OpenAI's dialect. */
export function recordingDeps() {
  const sent: { url: string; headers: Headers; body: JsonObject }[] = [];
  const deps: ProviderDeps = {
    ...realDeps,
    fetch(input, init) {
      const body = jsonObject.parse(JSON.parse(typeof init?.body === "string" ? init.body : "{}"));
      sent.push({
        url: input instanceof Request ? input.url : input.toString(),
        headers: new Headers(init?.headers),
        body,
      });
      return fetch(input, init);
    },
  };
  return { deps, sent };
}

export const open = (
  settings: Partial<ProviderSettings> & Pick<ProviderSettings, "provider">,
  deps = realDeps,
): Promise<ModelProvider> => createOpenProvider(deps)({ apiUrl: null, apiKey: "test-key", ...settings });

export const ask = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "some-model",
  messages: [{ role: "user", content }],
  tools: [],
  maxOutputTokens: null,
  ...more,
});

export type Answer = {
  thinking: string;
  content: string;
  calls: Extract<ModelEvent, { type: "tool_call" }>["call"][];
  finish: Extract<ModelEvent, { type: "finish" }> | null;
  failure: Failure | null;
};

/** Plays a stream to its end. A `DomainError` ends up in `failure`; anything else thrown is a bug and is thrown on. */
export async function play(events: AsyncIterable<ModelEvent>): Promise<Answer> {
  const answer: Answer = { thinking: "", content: "", calls: [], finish: null, failure: null };
  try {
    for await (const event of events) {
      if (answer.finish) throw new Error("an event came after finish");
      if (event.type === "thinking" || event.type === "content") answer[event.type] += event.text;
      else if (event.type === "tool_call") answer.calls.push(event.call);
      else answer.finish = event;
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    answer.failure = error.failure;
  }
  return answer;
}

/** The conversation after a step that called tools, each of them answered with `output`. */
export function afterTools(
  request: ModelRequest,
  { content, thinking, calls, finish }: Answer,
  output: string,
): ModelRequest {
  const providerData = finish?.providerData;
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: "assistant", content, thinking, toolCalls: calls, ...(providerData ? { providerData } : {}) },
      ...calls.map((call) => ({
        role: "tool" as const,
        toolCallId: call.toolCallId,
        name: call.name,
        output,
        isError: false,
      })),
    ],
  };
}

/** Never aborts; for streams whose end is not the point. */
export const never: AbortSignal = new AbortController().signal;

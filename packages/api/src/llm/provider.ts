import type { JsonObject } from "@chatee/shared/json";
import type { ModelInfo, ProviderId } from "@chatee/shared/llm";

/** A tool as the model sees it. `inputSchema` is JSON Schema for the arguments object. */
export type ToolDefinition = { name: string; description: string; inputSchema: JsonObject };

/** A call the model asked for. `input` is the raw JSON text it wrote; it may not parse. */
export type ToolCallRequest = { toolCallId: string; name: string; input: string };

/** A picture or a sound that came out of a tool, or that the user attached. `data` is base64. */
export type ToolMedia = { type: "image" | "audio"; mimeType: string; data: string };

/** One entry of the conversation as sent to a model. `thinking` is sent back only where the provider wants it. */
export type ModelMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string; media?: readonly ToolMedia[] }
  | {
      role: "assistant";
      content: string;
      thinking?: string;
      toolCalls?: ToolCallRequest[];
      /** What the provider must get back verbatim (thinking signatures, thought signatures). Opaque to us. */
      providerData?: JsonObject;
    }
  | {
      role: "tool";
      toolCallId: string;
      name: string;
      output: string;
      isError: boolean;
      /** Sent as it is: only what the model can see and hear belongs into a request. */
      media?: readonly ToolMedia[];
    };

export type ModelRequest = {
  model: string;
  messages: ModelMessage[];
  tools: ToolDefinition[];
  /** Null leaves the limit to the provider. */
  maxOutputTokens: number | null;
  /** How large a window the model is used with, for servers that have to be told; absent when nobody knows. */
  contextWindowTokens?: number | null;
};

/** Token counts as the provider reported them; null where it said nothing. Never an estimate. */
export type ModelUsage = {
  inputTokens: number | null;
  outputTokens: number | null;
  thinkingTokens: number | null;
  cachedInputTokens: number | null;
};

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "other";

/** What a model stream yields. A stream ends with exactly one `finish`, or throws a `DomainError` (`llm.*`). */
export type ModelEvent =
  | { type: "thinking"; text: string }
  | { type: "content"; text: string }
  | { type: "tool_call"; call: ToolCallRequest }
  | { type: "finish"; reason: FinishReason; usage: ModelUsage; providerData: JsonObject | null };

/**
 * One configured model endpoint. `stream` starts nothing until it is iterated, and stops the upstream
 * request as soon as `signal` aborts or the iteration is left. Both throw only `DomainError` with an
 * `llm.*` failure, or the signal's reason after an abort.
 */
export type ModelProvider = {
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  models(signal: AbortSignal): Promise<ModelInfo[]>;
};

export type ProviderSettings = {
  provider: ProviderId;
  /** Null for the provider's public address. */
  apiUrl: string | null;
  apiKey: string | null;
};

export type ProviderDeps = {
  /** Every outgoing request goes through this. May reject with `llm.address_refused`. */
  fetch: typeof globalThis.fetch;
  now: () => number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Builds a provider; heavy provider code is loaded on first use. */
export type OpenProvider = (settings: ProviderSettings) => Promise<ModelProvider>;

import { usualUrls } from "@chatee/shared/llm";
import type { ModelProvider, ModelRequest, ProviderDeps, ProviderSettings } from "../provider.ts";
import { queryOf, toBaseUrl } from "./api-url.ts";
import { createEndpointFetch } from "./endpoint-fetch.ts";
import { fetchList, openAIList, toListed, toModelInfos } from "./model-list.ts";
import { toCall } from "./prompt.ts";
import { streamParts } from "./stream-parts.ts";

/** Anything that speaks OpenAI's Chat Completions: DeepSeek, OpenRouter, vLLM, LM Studio, LiteLLM, one-api, … */
export function createOpenAICompatibleProvider(settings: ProviderSettings, deps: ProviderDeps): ModelProvider {
  const baseUrl = toBaseUrl(settings.apiUrl, { fallback: usualUrls["openai-compatible"], version: "v1" });
  return {
    stream: (request, signal) => streamChatCompletions({ settings, deps, baseUrl, request }, signal),
    async models(signal) {
      const query = new URLSearchParams(queryOf(settings.apiUrl)).toString();
      const url = `${baseUrl}/models${query && `?${query}`}`;
      const { data } = await fetchList(url, bearer(settings), openAIList, { settings, deps, signal });
      return toModelInfos(settings.provider, data.map(toListed));
    },
  };
}

export const bearer = ({ apiKey }: ProviderSettings): Record<string, string> =>
  apiKey ? { authorization: `Bearer ${apiKey}` } : {};

type ChatCompletions = { settings: ProviderSettings; deps: ProviderDeps; baseUrl: string; request: ModelRequest };

/** Also serves `openai` behind a custom address; the dialect there is Chat Completions, with thinking in any of its spellings. */
export function streamChatCompletions({ settings, deps, baseUrl, request }: ChatCompletions, signal: AbortSignal) {
  const { provider, apiKey } = settings;
  return streamParts(
    {
      provider,
      apiKey,
      request,
      inlineThinking: true,
      hasExtras: true,
      async open(upstreamSignal, extras) {
        const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
        const client = createOpenAICompatible({
          name: "chatee",
          baseURL: baseUrl,
          apiKey: apiKey ?? "",
          queryParams: queryOf(settings.apiUrl),
          includeUsage: extras,
          transformRequestBody: (body) => withOutputLimit(body, request.model),
          fetch: createEndpointFetch({ provider, apiKey, model: request.model }, deps),
        });
        const model = client.languageModel(request.model);
        const { stream } = await model.doStream({ ...toCall(request, provider), abortSignal: upstreamSignal });
        return stream;
      },
    },
    signal,
  );
}

/** OpenAI's thinking models refuse `max_tokens`; everybody else may not know `max_completion_tokens`. */
function withOutputLimit(body: Record<string, unknown>, model: string): Record<string, unknown> {
  const { max_tokens: limit, ...rest } = body;
  if (limit === undefined) return rest;
  return /^(openai\/)?(o\d|gpt-[5-9])/.test(model) ? { ...rest, max_completion_tokens: limit } : body;
}

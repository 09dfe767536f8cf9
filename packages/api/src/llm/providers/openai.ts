import { usualUrls } from "@chatee/shared/llm";
import { capabilitiesOf } from "../capabilities.ts";
import type { ModelProvider, ProviderDeps, ProviderSettings } from "../provider.ts";
import { toBaseUrl } from "./api-url.ts";
import { createEndpointFetch } from "./endpoint-fetch.ts";
import { fetchList, openAIList, toListed, toModelInfos } from "./model-list.ts";
import { bearer, streamChatCompletions } from "./openai-compatible.ts";
import { toCall } from "./prompt.ts";
import { streamParts } from "./stream-parts.ts";

/**
 * OpenAI itself is spoken to over the Responses API: some of its models exist only there, the newest refuse tools
 * with thinking on Chat Completions, and only Responses shows thinking. A custom address gets Chat Completions: it is
 * a gateway or a mock, and that is the dialect all of them have. An address that ends in `/responses` or
 * `/chat/completions` decides for itself.
 */
export function createOpenAIProvider(settings: ProviderSettings, deps: ProviderDeps): ModelProvider {
  const { provider, apiKey, apiUrl } = settings;
  const baseUrl = toBaseUrl(apiUrl, { fallback: usualUrls.openai, version: "v1" });
  return {
    stream(request, signal) {
      if (wireOf(apiUrl, baseUrl) === "chat")
        return streamChatCompletions({ settings, deps, baseUrl, request }, signal);
      const showsThinking = capabilitiesOf(provider, request.model).thinking === true;
      const open = async (upstreamSignal: AbortSignal, extras: boolean) => {
        const { createOpenAI } = await import("@ai-sdk/openai");
        const fetch = createEndpointFetch({ provider, apiKey, model: request.model }, deps);
        const model = createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? "", fetch }).responses(request.model);
        const { stream } = await model.doStream({
          ...toCall(request, provider),
          abortSignal: upstreamSignal,
          // Nothing is kept at OpenAI: thinking comes back encrypted and is sent again within a tool loop.
          // Summaries need a verified organization; without one the request is repeated without them.
          providerOptions: {
            openai: { store: false, ...(extras && showsThinking ? { reasoningSummary: "auto" } : {}) },
          },
        });
        return stream;
      };
      return streamParts({ provider, apiKey, request, hasExtras: showsThinking, open, inlineThinking: false }, signal);
    },
    async models(signal) {
      const { data } = await fetchList(`${baseUrl}/models`, bearer(settings), openAIList, { settings, deps, signal });
      const chat = data.filter((entry) => !otherKinds.test(entry.id));
      return toModelInfos(provider, chat.toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0)).map(toListed));
    },
  };
}

/** Models of OpenAI's list that cannot chat. */
const otherKinds =
  /embedding|whisper|tts|transcribe|dall-e|gpt-image|chatgpt-image|moderation|realtime|^sora|^babbage|^davinci|-instruct|audio/;

function wireOf(apiUrl: string | null, baseUrl: string): "responses" | "chat" {
  const path = apiUrl?.trim() ? new URL(apiUrl.trim()).pathname.replace(/\/+$/, "") : "";
  if (path.endsWith("/responses")) return "responses";
  if (path.endsWith("/chat/completions")) return "chat";
  return /(^|\.)api\.openai\.com$/.test(new URL(baseUrl).hostname) ? "responses" : "chat";
}

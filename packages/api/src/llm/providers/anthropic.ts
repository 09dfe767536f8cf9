import { usualUrls } from "@chatee/shared/llm";
import { z } from "zod";
import { capabilitiesOf } from "../capabilities.ts";
import type { ModelProvider, ProviderDeps, ProviderSettings } from "../provider.ts";
import { toBaseUrl } from "./api-url.ts";
import { createEndpointFetch } from "./endpoint-fetch.ts";
import { fetchList, type ListedModel, toModelInfos } from "./model-list.ts";
import { toCall } from "./prompt.ts";
import { streamParts } from "./stream-parts.ts";

const maxPages = 20;

export function createAnthropicProvider(settings: ProviderSettings, deps: ProviderDeps): ModelProvider {
  const { provider, apiKey } = settings;
  const baseUrl = toBaseUrl(settings.apiUrl, { fallback: usualUrls.anthropic, version: "v1" });
  return {
    stream(request, signal) {
      const showsThinking = capabilitiesOf(provider, request.model).thinking === true;
      const open = async (upstreamSignal: AbortSignal, extras: boolean) => {
        const { createAnthropic } = await import("@ai-sdk/anthropic");
        const fetch = createEndpointFetch({ provider, apiKey, model: request.model }, deps);
        const model = createAnthropic({ baseURL: baseUrl, apiKey: apiKey ?? "", fetch }).languageModel(request.model);
        const { stream } = await model.doStream({
          ...toCall(request, provider),
          ...(extras && showsThinking ? toThinking(request.model) : {}),
          abortSignal: upstreamSignal,
        });
        return stream;
      };
      return streamParts({ provider, apiKey, request, hasExtras: showsThinking, open, inlineThinking: false }, signal);
    },
    async models(signal) {
      const headers = { "anthropic-version": "2023-06-01", ...(apiKey ? { "x-api-key": apiKey } : {}) };
      const listed: ListedModel[] = [];
      let after = "";
      for (let page = 0; page < maxPages; page++) {
        const url = `${baseUrl}/models?limit=1000${after && `&after_id=${encodeURIComponent(after)}`}`;
        const list = await fetchList(url, headers, anthropicList, { settings, deps, signal });
        listed.push(...list.data.map(toListed));
        if (!list.has_more || !list.last_id) break;
        after = list.last_id;
      }
      return toModelInfos(provider, listed);
    },
  };
}

/**
 * From 4.6 on Claude decides itself how long to think and only has to be asked to show it; before that thinking has
 * a budget, kept small here since every message pays for it.
 */
function toThinking(model: string) {
  const isAdaptive = /claude-[a-z]+-(4-[6-9]|[5-9])/.test(model);
  return isAdaptive
    ? { providerOptions: { anthropic: { thinking: { type: "adaptive", display: "summarized" } } } }
    : { providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 4096 } } } };
}

const tokens = z.number().int().positive().nullish().catch(null);
const support = z.looseObject({ supported: z.boolean() }).nullish().catch(null);
const anthropicList = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      display_name: z.string().nullish().catch(null),
      max_input_tokens: tokens,
      max_tokens: tokens,
      capabilities: z.looseObject({ thinking: support, image_input: support }).nullish().catch(null),
    }),
  ),
  has_more: z.boolean().nullish().catch(null),
  last_id: z.string().nullish().catch(null),
});

const toListed = (entry: z.infer<typeof anthropicList>["data"][number]): ListedModel => ({
  model: entry.id,
  name: entry.display_name,
  says: {
    contextWindowTokens: entry.max_input_tokens ?? null,
    maxOutputTokens: entry.max_tokens ?? null,
    thinking: entry.capabilities?.thinking?.supported ?? null,
    vision: entry.capabilities?.image_input?.supported ?? null,
  },
});

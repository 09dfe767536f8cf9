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

export function createGeminiProvider(settings: ProviderSettings, deps: ProviderDeps): ModelProvider {
  const { provider, apiKey } = settings;
  const baseUrl = toBaseUrl(settings.apiUrl, { fallback: usualUrls.gemini, version: "v1beta" });
  return {
    stream(request, signal) {
      const showsThinking = capabilitiesOf(provider, request.model).thinking === true;
      const open = async (upstreamSignal: AbortSignal, extras: boolean) => {
        const { createGoogle } = await import("@ai-sdk/google");
        const fetch = createEndpointFetch({ provider, apiKey, model: request.model }, deps);
        const client = createGoogle({ baseURL: baseUrl, apiKey: apiKey ?? "", fetch });
        const { stream } = await client.languageModel(withoutPrefix(request.model)).doStream({
          ...toCall(request, provider),
          ...(extras && showsThinking
            ? { providerOptions: { google: { thinkingConfig: { includeThoughts: true } } } }
            : {}),
          abortSignal: upstreamSignal,
        });
        return stream;
      };
      return streamParts({ provider, apiKey, request, hasExtras: showsThinking, open, inlineThinking: false }, signal);
    },
    async models(signal) {
      // The key goes in a header, never in the address, where proxies would log it.
      const headers: Record<string, string> = apiKey ? { "x-goog-api-key": apiKey } : {};
      const listed: ListedModel[] = [];
      let after = "";
      for (let page = 0; page < maxPages; page++) {
        const url = `${baseUrl}/models?pageSize=1000${after && `&pageToken=${encodeURIComponent(after)}`}`;
        const list = await fetchList(url, headers, geminiList, { settings, deps, signal });
        listed.push(...(list.models ?? []).filter(canChat).map(toListed));
        if (!list.nextPageToken) break;
        after = list.nextPageToken;
      }
      return toModelInfos(provider, listed);
    },
  };
}

const withoutPrefix = (model: string) => model.replace(/^models\//, "");

const tokens = z.number().int().positive().nullish().catch(null);
const geminiModel = z.looseObject({
  name: z.string(),
  displayName: z.string().nullish().catch(null),
  inputTokenLimit: tokens,
  outputTokenLimit: tokens,
  thinking: z.boolean().nullish().catch(null),
  supportedGenerationMethods: z.array(z.string()).nullish().catch(null),
});
const geminiList = z.looseObject({
  models: z.array(geminiModel).nullish(),
  nextPageToken: z.string().nullish().catch(null),
});
type GeminiModel = z.infer<typeof geminiModel>;

const canChat = ({ supportedGenerationMethods: methods }: GeminiModel) => methods?.includes("generateContent") ?? false;

const toListed = (entry: GeminiModel): ListedModel => ({
  model: withoutPrefix(entry.name),
  name: entry.displayName,
  says: {
    contextWindowTokens: entry.inputTokenLimit ?? null,
    maxOutputTokens: entry.outputTokenLimit ?? null,
    thinking: entry.thinking ?? null,
  },
});

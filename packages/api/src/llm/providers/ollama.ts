import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { DomainError } from "@chatee/shared/failure";
import { z } from "zod";
import { capabilitiesOf } from "../capabilities.ts";
import type { ModelProvider, ProviderDeps, ProviderSettings } from "../provider.ts";
import { toOllamaUrl } from "./api-url.ts";
import { createEndpointFetch } from "./endpoint-fetch.ts";
import { fetchList, toModelInfos } from "./model-list.ts";
import { mendOllamaWire } from "./ollama-wire.ts";
import { bearer } from "./openai-compatible.ts";
import { toCall } from "./prompt.ts";
import type { LlmFailure } from "./provider-failure.ts";
import { streamParts } from "./stream-parts.ts";

/** A key is optional: Ollama's cloud and guarded servers take it as a bearer. */
export function createOllamaProvider(settings: ProviderSettings, deps: ProviderDeps): ModelProvider {
  const { provider, apiKey } = settings;
  const baseUrl = toOllamaUrl(settings.apiUrl);
  return {
    stream(request, signal) {
      const { model, maxOutputTokens, contextWindowTokens = null } = request;
      const options = {
        ...(maxOutputTokens === null ? {} : { num_predict: maxOutputTokens }),
        // Ollama runs a model with a small window of its own choice and drops what does not fit without a word.
        ...(contextWindowTokens === null ? {} : { num_ctx: contextWindowTokens }),
      };
      const showsThinking = capabilitiesOf(provider, model).thinking === true;
      const open = async (upstreamSignal: AbortSignal, extras: boolean) => {
        const { createOllama } = await import("ollama-ai-provider-v2");
        const context = { provider, apiKey, model, retryAfterMs: null };
        const wire = mendOllamaWire(createEndpointFetch(context, deps), context);
        const client = createOllama({ baseURL: baseUrl, headers: bearer(settings), fetch: wire.fetch });
        const { stream } = await client.languageModel(model).doStream({
          ...toCall(request, provider),
          providerOptions: {
            ollama: {
              ...(extras && showsThinking ? { think: true } : {}),
              ...(Object.keys(options).length === 0 ? {} : { options }),
            },
          },
          abortSignal: upstreamSignal,
        });
        return stream.pipeThrough(faultInsteadOfFinish(wire.fault));
      };
      return streamParts({ provider, apiKey, request, hasExtras: showsThinking, open, inlineThinking: true }, signal);
    },
    async models(signal) {
      const list = await fetchList(`${baseUrl}/tags`, bearer(settings), ollamaList, { settings, deps, signal });
      return toModelInfos(
        provider,
        list.models.map((entry) => ({ model: entry.model ?? entry.name })),
      );
    },
  };
}

/** The library reports every end as a finish; one that was a fault becomes an error. */
const faultInsteadOfFinish = (fault: () => LlmFailure | null) =>
  new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
    transform(part, controller) {
      const failure = part.type === "finish" ? fault() : null;
      controller.enqueue(failure ? { type: "error", error: new DomainError(failure) } : part);
    },
  });

const ollamaList = z.looseObject({
  models: z.array(z.looseObject({ name: z.string(), model: z.string().nullish().catch(null) })),
});

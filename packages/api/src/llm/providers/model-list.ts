import { DomainError } from "@chatee/shared/failure";
import type { Capabilities, ModelInfo, ProviderId } from "@chatee/shared/llm";
import { z } from "zod";
import { capabilitiesOf } from "../capabilities.ts";
import type { ProviderDeps, ProviderSettings } from "../provider.ts";
import { untilAborted } from "../until-aborted.ts";
import { createEndpointFetch, readText } from "./endpoint-fetch.ts";

const maxListBytes = 16 * 1024 * 1024;

/** A model as a listing says it; what it does not say is filled from the registry. */
export type ListedModel = { model: string; name?: string | null | undefined; says?: Partial<Capabilities> };

export type ListRequest = { settings: ProviderSettings; deps: ProviderDeps; signal: AbortSignal };

/** Fetches and parses one page of a listing. Throws like `stream` does. */
export async function fetchList<T>(
  url: string,
  headers: Record<string, string>,
  schema: z.ZodType<T>,
  { settings: { provider, apiKey }, deps, signal }: ListRequest,
): Promise<T> {
  signal.throwIfAborted();
  try {
    const fetch = createEndpointFetch({ provider, apiKey, model: null }, deps);
    const response = await untilAborted(fetch(url, { headers, signal }), signal);
    const text = await untilAborted(readText(response, maxListBytes), signal);
    return schema.parse(JSON.parse(text));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DomainError) throw error;
    throw new DomainError({ code: "llm.bad_response", provider, detail: "the list of models cannot be read" });
  }
}

export function toModelInfos(provider: ProviderId, listed: ListedModel[]): ModelInfo[] {
  const byId = new Map(listed.map((entry) => [entry.model, entry]));
  return [...byId.values()].map(({ model, name, says }) => ({
    model,
    name: name?.trim() && name !== model ? name : null,
    capabilities: capabilitiesOf(provider, model, says),
  }));
}

const tokens = z.number().int().positive().nullish().catch(null);
const words = z.array(z.string()).nullish().catch(null);

/** `/models` of OpenAI and its many imitators, with the extras of OpenRouter, vLLM, Groq and Mistral. */
export const openAIList = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().nullish().catch(null),
      created: z.number().nullish().catch(null),
      context_length: tokens,
      context_window: tokens,
      max_model_len: tokens,
      max_completion_tokens: tokens,
      supported_parameters: words,
      architecture: z.looseObject({ input_modalities: words }).nullish().catch(null),
      top_provider: z.looseObject({ max_completion_tokens: tokens }).nullish().catch(null),
    }),
  ),
});

export function toListed(entry: z.infer<typeof openAIList>["data"][number]): ListedModel {
  const parameters = entry.supported_parameters;
  const modalities = entry.architecture?.input_modalities;
  return {
    model: entry.id,
    name: entry.name,
    says: {
      contextWindowTokens: entry.context_length ?? entry.context_window ?? entry.max_model_len ?? null,
      maxOutputTokens: entry.top_provider?.max_completion_tokens ?? entry.max_completion_tokens ?? null,
      tools: parameters ? parameters.includes("tools") : null,
      thinking: parameters ? parameters.includes("reasoning") : null,
      vision: modalities ? modalities.includes("image") : null,
    },
  };
}

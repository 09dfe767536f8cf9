import type { CreateConfig, LlmConfig, ProviderId, UpdateConfig } from "@chatee/shared/llm";

/** A config as the form holds it: everything is text until it is sent. */
export type Draft = {
  provider: ProviderId;
  name: string;
  model: string;
  apiUrl: string;
  /** What was typed; the saved key is never part of it. */
  apiKey: string;
  /** The saved key shall go. */
  clearsKey: boolean;
  maxTokens: string;
  description: string;
  enabled: boolean;
};

export const needsKey: Record<ProviderId, "yes" | "maybe" | "no"> = {
  openai: "yes",
  anthropic: "yes",
  gemini: "yes",
  ollama: "maybe",
  "openai-compatible": "maybe",
  demo: "no",
};
export const needsUrl: Record<ProviderId, "yes" | "maybe" | "no"> = {
  openai: "maybe",
  anthropic: "maybe",
  gemini: "maybe",
  ollama: "maybe",
  "openai-compatible": "yes",
  demo: "no",
};

export function toDraft(config: LlmConfig | null): Draft {
  return {
    provider: config?.provider ?? "openai",
    name: config?.name ?? "",
    model: config?.model ?? "",
    apiUrl: config?.apiUrl ?? "",
    apiKey: "",
    clearsKey: false,
    maxTokens: config?.maxTokens?.toString() ?? "",
    description: config?.description ?? "",
    enabled: config?.enabled ?? true,
  };
}

/** Absent keeps the saved key, null removes it. */
function keyOf({ apiKey, clearsKey }: Draft): string | null | undefined {
  if (apiKey.trim() !== "") return apiKey;
  return clearsKey ? null : undefined;
}

function maxTokensOf({ maxTokens }: Draft): number | null {
  const count = Number.parseInt(maxTokens, 10);
  return Number.isSafeInteger(count) && count > 0 ? count : null;
}

/** What is asked of the provider while the form is open; with the id of a stored config its key is used. */
export function toEndpoint(draft: Draft, configId: string | undefined) {
  const apiKey = keyOf(draft);
  return {
    provider: draft.provider,
    apiUrl: draft.apiUrl.trim(),
    ...(apiKey === undefined ? { configId } : { apiKey }),
  };
}

export function toCreate(draft: Draft, configId: string): CreateConfig {
  return { ...fieldsOf(draft), configId, tags: [], apiKey: keyOf(draft) };
}

export function toUpdate(draft: Draft, configId: string): UpdateConfig {
  return { ...fieldsOf(draft), configId, apiKey: keyOf(draft) };
}

function fieldsOf(draft: Draft) {
  return {
    provider: draft.provider,
    name: draft.name.trim() || draft.model.trim(),
    model: draft.model.trim(),
    apiUrl: draft.apiUrl.trim(),
    enabled: draft.enabled,
    description: draft.description.trim() || null,
    maxTokens: maxTokensOf(draft),
  };
}

export function isComplete(draft: Draft): boolean {
  return draft.model.trim() !== "" && (needsUrl[draft.provider] !== "yes" || draft.apiUrl.trim() !== "");
}

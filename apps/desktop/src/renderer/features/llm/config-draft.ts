import { jsonObject } from "@chatee/shared/json";
import type { Json, JsonObject } from "@chatee/shared/json";
import { usualUrls } from "@chatee/shared/llm";
import type { Capabilities, CreateConfig, LlmConfig, ProviderId, UpdateConfig } from "@chatee/shared/llm";
import { modelPrice } from "@chatee/shared/usage";

/** What a person says of a model; "" leaves it to what is known. */
export type Word = "" | "yes" | "no";
export const senses = ["vision", "tools", "thinking"] as const;
export const prices = ["input", "output", "cached"] as const;

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
  contextWindow: string;
  says: Record<(typeof senses)[number], Word>;
  /** US dollars for a million tokens. */
  price: Record<(typeof prices)[number], string>;
  description: string;
  enabled: boolean;
  /** As it was: what the form does not know stays in it. */
  metadata: JsonObject | null;
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
    ...wordsIn(config?.metadata ?? null),
    description: config?.description ?? "",
    enabled: config?.enabled ?? true,
    metadata: config?.metadata ?? null,
  };
}

function wordsIn(metadata: JsonObject | null): Pick<Draft, "contextWindow" | "says" | "price"> {
  const said = objectIn(metadata, "capabilities");
  const wordOf = (value: unknown): Word => (value === true ? "yes" : value === false ? "no" : "");
  const window = said["contextWindowTokens"];
  const price = modelPrice.safeParse(metadata?.["pricing"]).data;
  return {
    contextWindow: typeof window === "number" ? String(window) : "",
    says: { vision: wordOf(said["vision"]), tools: wordOf(said["tools"]), thinking: wordOf(said["thinking"]) },
    price: {
      input: price?.input.toString() ?? "",
      output: price?.output.toString() ?? "",
      cached: price?.cached?.toString() ?? "",
    },
  };
}

/** The metadata with what the form says; null when there is nothing in it. */
function metadataOf(draft: Draft): JsonObject | null {
  const { capabilities: _said, pricing: _price, ...rest } = draft.metadata ?? {};
  const said: Partial<Record<keyof Capabilities, Json>> = objectIn(draft.metadata, "capabilities");
  const capabilities = { ...said, contextWindowTokens: countIn(draft.contextWindow) };
  const known = Object.entries({
    ...capabilities,
    ...Object.fromEntries(senses.map((sense) => [sense, { "": null, yes: true, no: false }[draft.says[sense]]])),
  }).filter(([, value]) => value !== null);
  const pricing = priceIn(draft);
  const metadata: JsonObject = {
    ...rest,
    ...(known.length > 0 && { capabilities: Object.fromEntries<Json>(known) }),
    ...(pricing && { pricing }),
  };
  return Object.keys(metadata).length > 0 ? metadata : null;
}

/** Null when no price was given; undefined when it is only half of one. */
function priceIn({ price }: Draft): JsonObject | null | undefined {
  const given = prices.filter((one) => price[one].trim() !== "");
  if (given.length === 0) return null;
  return modelPrice.safeParse(Object.fromEntries(given.map((one) => [one, Number(price[one])]))).data;
}

/** Whether there is a price that cannot be one: input and output go together. */
export const hasHalfPrice = (draft: Draft): boolean => priceIn(draft) === undefined;

function objectIn(metadata: JsonObject | null, key: string): JsonObject {
  return jsonObject.safeParse(metadata?.[key]).data ?? {};
}

/** The address that counts, given or the provider's own; null for one that cannot be read, or not yet. */
function urlOf(provider: ProviderId, apiUrl: string | null): URL | null {
  const text = apiUrl?.trim() || usualUrls[provider];
  return text !== null && URL.canParse(text) ? new URL(text) : null;
}

export type SavedKey = { configId: string; provider: ProviderId; host: string } & (
  | { state: "kept" }
  /** The server sends a key only where it was saved for: here it has to be entered anew. */
  | { state: "elsewhere" }
);

/** The key that is saved with the config, and whether it is for what the draft names; null when none is saved. */
export function savedKeyOf(draft: Draft, config: LlmConfig | null): SavedKey | null {
  if (config === null || !config.hasApiKey) return null;
  const { configId, provider } = config;
  const url = urlOf(provider, config.apiUrl);
  const isHome = provider === draft.provider && url?.origin === urlOf(draft.provider, draft.apiUrl)?.origin;
  return { configId, provider, host: url?.host ?? provider, state: isHome ? "kept" : "elsewhere" };
}

/** Whether somebody has to say what becomes of a saved key that cannot come along. */
export function asksForKey(draft: Draft, saved: SavedKey | null): boolean {
  return saved?.state === "elsewhere" && keyOf(draft) === undefined;
}

/** Absent keeps the saved key, null removes it. A provider that takes no key keeps none. */
function keyOf({ provider, apiKey, clearsKey }: Draft): string | null | undefined {
  if (needsKey[provider] === "no") return null;
  if (apiKey.trim() !== "") return apiKey;
  return clearsKey ? null : undefined;
}

function countIn(text: string): number | null {
  const count = Number.parseInt(text, 10);
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
    maxTokens: countIn(draft.maxTokens),
    metadata: metadataOf(draft),
  };
}

export function isComplete(draft: Draft): boolean {
  return (
    draft.model.trim() !== "" &&
    !hasHalfPrice(draft) &&
    (needsUrl[draft.provider] !== "yes" || draft.apiUrl.trim() !== "")
  );
}

import { z } from "zod";
import type { Failure } from "./failure.ts";
import { id } from "./ids.ts";
import { jsonObject } from "./json.ts";

export const providerIds = ["openai", "anthropic", "gemini", "ollama", "openai-compatible", "demo"] as const;
export const providerId = z.enum(providerIds);
export type ProviderId = z.infer<typeof providerId>;

/** Where a provider is when a configuration names no address; null for the one that needs none. */
export const usualUrls = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
  gemini: "https://generativelanguage.googleapis.com/v1beta",
  ollama: "http://127.0.0.1:11434/api",
  "openai-compatible": "http://127.0.0.1:8000/v1",
  demo: null,
} as const satisfies Record<ProviderId, string | null>;

const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(2000)
  .refine((value) => !/^[a-z]+:\/\/[^/?#]*@/i.test(value), "must not carry a user name or password");

/** An untouched password field sends "": that is absent, so that saving a form never loses a key. */
const apiKey = z
  .string()
  .trim()
  .max(4000)
  .nullish()
  .transform((key) => (key === "" ? undefined : key))
  .optional();

/**
 * What a person may set on a model configuration. `apiKey`: absent keeps the stored key, null clears it. Another provider
 * or another origin of `apiUrl` needs one or the other: a key goes nowhere but where it was stored for.
 */
const configFields = {
  name: z.string().trim().min(1).max(200),
  provider: providerId,
  apiKey,
  apiUrl: z.union([httpUrl, z.literal("")]).nullish(),
  model: z.string().trim().min(1).max(200),
  enabled: z.boolean(),
  tags: z.array(z.string().max(100)).max(50),
  description: z.string().max(10_000).nullish(),
  maxTokens: z.int().min(1).max(10_000_000).nullish(),
  metadata: jsonObject.nullish(),
};

export const configRef = z.object({ configId: id });
export const createConfig = z.object({
  ...configFields,
  configId: id.optional(),
  enabled: configFields.enabled.default(true),
  tags: configFields.tags.nullish().transform((tags) => tags ?? []),
});
export const updateConfig = z.object(configFields).partial().extend({ configId: id });
export type CreateConfig = z.infer<typeof createConfig>;
export type UpdateConfig = z.infer<typeof updateConfig>;

/** What a model can do; `null` means nobody has said, and is never guessed. */
export const capabilities = z.object({
  contextWindowTokens: z.int().positive().nullable(),
  maxOutputTokens: z.int().positive().nullable(),
  vision: z.boolean().nullable(),
  tools: z.boolean().nullable(),
  thinking: z.boolean().nullable(),
});
export type Capabilities = z.infer<typeof capabilities>;

/** A configuration as anyone may see it: the key is never part of it. */
export type LlmConfig = {
  configId: string;
  name: string;
  provider: ProviderId;
  apiUrl: string | null;
  model: string;
  enabled: boolean;
  tags: string[];
  description: string | null;
  maxTokens: number | null;
  metadata: z.infer<typeof jsonObject> | null;
  hasApiKey: boolean;
  capabilities: Capabilities;
  createdAtMs: number;
  updatedAtMs: number;
};

/** One model as its provider lists it. */
export type ModelInfo = { model: string; name: string | null; capabilities: Capabilities };

/** A fresh install can chat with this configuration at once; it is not stored and cannot be changed. */
export const demoConfigId = "demo";

/**
 * An endpoint that is not stored yet. Without `apiKey` but with `configId`, the stored key of that one is used, if it was
 * stored for the same provider and origin.
 */
const draftFields = {
  configId: id.optional(),
  provider: configFields.provider,
  apiUrl: configFields.apiUrl,
  apiKey: configFields.apiKey,
};
export const configDraft = z.object({ ...draftFields, model: configFields.model });
export const endpointDraft = z.object(draftFields);
export type ConfigDraft = z.infer<typeof configDraft>;
export type EndpointDraft = z.infer<typeof endpointDraft>;
/** A stored configuration, or one as it stands in an editor. */
export const testConfig = z.union([configDraft, configRef]);
export const listModels = z.union([endpointDraft, configRef]);

/** What asking a model for a word came to; a provider that fails is an answer, not an error. */
export type ConfigTest = {
  success: boolean;
  latencyMs: number;
  reply?: string;
  failure?: Failure;
  /** The failure as a sentence. */
  message?: string;
};

export const exportConfigs = z.object({
  /** Absent for all. */
  configId: id.optional(),
  /** Audited. */
  includeKeys: z.boolean().default(false),
});

const exportedConfig = z.object({
  ...configFields,
  configId: z.string().max(100).nullish(),
  enabled: configFields.enabled.nullish().transform((enabled) => enabled ?? true),
  tags: configFields.tags.nullish().transform((tags) => tags ?? []),
});
export const importConfigs = z
  .object({
    version: z.string().max(50).nullish(),
    exportType: z.enum(["llm_config", "llm_configs"]).nullish(),
    llmConfig: exportedConfig.nullish(),
    llmConfigs: z.array(exportedConfig).max(500).nullish(),
    /** A configuration whose name is taken is left out; otherwise it is added beside the other. */
    skipExisting: z.boolean().default(true),
  })
  .refine(({ llmConfig, llmConfigs }) => llmConfig || llmConfigs, "holds neither llmConfig nor llmConfigs");
export type ImportConfigs = z.infer<typeof importConfigs>;
export type ConfigImport = { imported: { configId: string; name: string }[]; skipped: string[] };

/** A configuration as a file holds it; `apiKey` is there only when it was asked for. */
export type ExportedConfig = Omit<LlmConfig, "hasApiKey" | "capabilities"> & { apiKey?: string | null };
export type ConfigExport = { version: string; exportedAtMs: number } & (
  | { exportType: "llm_config"; llmConfig: ExportedConfig }
  | { exportType: "llm_configs"; llmConfigs: ExportedConfig[] }
);

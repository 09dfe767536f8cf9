import { z } from "zod";
import { id } from "./ids.ts";
import { jsonObject } from "./json.ts";

export const providerIds = ["openai", "anthropic", "gemini", "ollama", "openai-compatible", "demo"] as const;
export const providerId = z.enum(providerIds);
export type ProviderId = z.infer<typeof providerId>;

const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https address" })
  .max(2000)
  .refine((value) => !/^[a-z]+:\/\/[^/?#]*@/i.test(value), "must not carry a user name or password");

/** What a person may set on a model configuration. `apiKey`: absent keeps the stored key, null clears it. */
const configFields = {
  name: z.string().trim().min(1).max(200),
  provider: providerId,
  apiKey: z.string().trim().max(4000).nullish(),
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

import { configRef, createConfig, importConfigs, providerId, updateConfig } from "@chatee/shared/llm";
import { z } from "zod";
import { flagInQuery, freeForm, instant, route, success } from "./route.ts";

const shared = {
  configId: z.string(),
  name: z.string(),
  provider: providerId,
  apiUrl: z.string().nullable(),
  model: z.string(),
  enabled: z.boolean(),
  tags: z.array(z.string()),
  description: z.string().nullable(),
  maxTokens: z.int().nullable(),
  metadata: freeForm,
  createdAtMs: instant,
  updatedAtMs: instant,
};
const config = z
  .strictObject({
    ...shared,
    hasApiKey: z.boolean(),
    capabilities: z.strictObject({
      contextWindowTokens: z.int().nullable(),
      maxOutputTokens: z.int().nullable(),
      vision: z.boolean().nullable(),
      tools: z.boolean().nullable(),
      thinking: z.boolean().nullable(),
    }),
  })
  .meta({ id: "LlmConfig" });
const written = config.extend({ message: z.string() }).meta({ id: "LlmConfigWritten" });

/** The key is there only when it was asked for. */
const exported = z.strictObject({ ...shared, apiKey: z.string().nullish() }).meta({ id: "ExportedLlmConfig" });
const exportHead = { version: z.string(), exportedAtMs: instant };
const exportFile = z.discriminatedUnion("exportType", [
  z.strictObject({ ...exportHead, exportType: z.literal("llm_config"), llmConfig: exported }),
  z.strictObject({ ...exportHead, exportType: z.literal("llm_configs"), llmConfigs: z.array(exported) }),
]);
const exportQuery = z.object({ includeKeys: flagInQuery.default(false) });

const configPath = "/api/llm/configs/:config_id";

export const llmRoutes = [
  route({
    method: "GET",
    path: "/api/llm/configs",
    summary: "All model configurations; never with their keys",
    procedures: ["llm.list"],
    answer: z.strictObject({ configs: z.array(config), total: z.int() }),
    run: ({ call }) => call.llm.list(),
  }),
  route({
    method: "POST",
    path: "/api/llm/configs",
    summary: "Add a model configuration",
    procedures: ["llm.create"],
    body: createConfig,
    answer: written,
    status: 201,
    otherStatuses: [409],
    run: async ({ call, body }) => ({
      ...(await call.llm.create(body)),
      message: "The model configuration was created.",
    }),
  }),
  route({
    method: "GET",
    path: "/api/llm/configs/export-all",
    summary: "All configurations as a file; with keys only when asked for",
    procedures: ["llm.export"],
    query: exportQuery,
    answer: exportFile,
    run: ({ call, query }) => call.llm.export(query),
  }),
  route({
    method: "POST",
    path: "/api/llm/configs/import",
    summary: "Add the configurations of a file",
    procedures: ["llm.import"],
    query: z.object({ skipExisting: flagInQuery.optional() }),
    body: importConfigs,
    answer: z.strictObject({
      imported: z.array(z.strictObject({ configId: z.string(), name: z.string() })),
      skipped: z.array(z.string()),
    }),
    run: ({ call, query, body }) => call.llm.import({ ...body, ...query }),
  }),
  route({
    method: "GET",
    path: configPath,
    summary: "One model configuration",
    procedures: ["llm.get"],
    params: configRef,
    answer: config,
    run: ({ call, params }) => call.llm.get(params),
  }),
  route({
    method: "PUT",
    path: configPath,
    summary:
      "Change a configuration; without api_key the stored key stays, for the same provider and host only; null clears it",
    procedures: ["llm.update"],
    params: configRef,
    body: updateConfig.omit({ configId: true }),
    answer: written,
    otherStatuses: [422],
    run: async ({ call, params, body }) => ({
      ...(await call.llm.update({ ...body, ...params })),
      message: "The model configuration was saved.",
    }),
  }),
  route({
    method: "DELETE",
    path: configPath,
    summary: "Remove a configuration",
    procedures: ["llm.delete"],
    params: configRef,
    answer: success.extend({ message: z.string() }),
    run: async ({ call, params }) => ({
      ...(await call.llm.delete(params)),
      message: "The model configuration was removed.",
    }),
  }),
  route({
    method: "GET",
    path: `${configPath}/key`,
    aliases: [`${configPath}/api-key`],
    summary: "The stored key itself; every look is recorded",
    procedures: ["llm.key"],
    params: configRef,
    answer: z.strictObject({ apiKey: z.string().nullable() }),
    run: ({ call, params }) => call.llm.key(params),
  }),
  route({
    method: "GET",
    path: `${configPath}/export`,
    summary: "One configuration as a file; with its key only when asked for",
    procedures: ["llm.export"],
    params: configRef,
    query: exportQuery,
    answer: exportFile,
    run: ({ call, params, query }) => call.llm.export({ ...params, ...query }),
  }),
  route({
    method: "POST",
    path: `${configPath}/test`,
    summary: "Ask the model for a word; a provider that fails is an answer, not an error",
    procedures: ["llm.test"],
    params: configRef,
    answer: z.strictObject({
      success: z.boolean(),
      latencyMs: z.number(),
      reply: z.string().nullable(),
      error: z.string().nullable(),
    }),
    run: async ({ call, params }) => {
      const { success: isUp, latencyMs, reply = null, message = null } = await call.llm.test(params);
      return { success: isUp, latencyMs, reply, error: message };
    },
  }),
];

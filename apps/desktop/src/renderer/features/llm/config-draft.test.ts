import { createConfig, updateConfig } from "@chatee/shared/llm";
import type { LlmConfig } from "@chatee/shared/llm";
import { expect, test } from "vitest";
import { asksForKey, isComplete, savedKeyOf, toCreate, toDraft, toEndpoint, toUpdate } from "./config-draft.ts";

const draft = { ...toDraft(null), model: " gpt-x ", name: " " };

test("an untouched key field keeps the saved key, a typed key replaces it, removing it says so", () => {
  expect(toUpdate(draft, "c").apiKey).toBeUndefined();
  expect(toUpdate({ ...draft, apiKey: "sk-1" }, "c").apiKey).toBe("sk-1");
  expect(toUpdate({ ...draft, clearsKey: true }, "c").apiKey).toBeNull();
  expect(toUpdate({ ...draft, clearsKey: true, apiKey: "sk-2" }, "c").apiKey).toBe("sk-2");
});

test("the provider is asked with the typed key, else with the one stored for the config", () => {
  expect(toEndpoint(draft, "c")).toMatchObject({ configId: "c" });
  expect(toEndpoint({ ...draft, apiKey: "sk-1" }, "c")).toMatchObject({ apiKey: "sk-1" });
  expect(toEndpoint({ ...draft, apiKey: "sk-1" }, "c")).not.toHaveProperty("configId");
  expect(toEndpoint({ ...draft, clearsKey: true }, "c")).toMatchObject({ apiKey: null });
});

test("a saved key stays with the provider and the origin it was saved for, and elsewhere is asked for", () => {
  const config = { ...toCreate(draft, "c"), configId: "c", provider: "openai", apiUrl: null, hasApiKey: true };
  const stored = config as unknown as LlmConfig;
  const at = (fields: Partial<typeof draft>) => {
    const changed = { ...toDraft(stored), ...fields };
    const saved = savedKeyOf(changed, stored);
    return [saved?.state, asksForKey(changed, saved)];
  };
  expect(at({})).toEqual(["kept", false]);
  expect(at({ apiUrl: " https://api.openai.com/v1 " })).toEqual(["kept", false]);
  for (const apiUrl of [
    "https://api.openai.com.example/v1",
    "http://api.openai.com/v1",
    "https://api.openai.co",
    "htt",
  ])
    expect(at({ apiUrl })).toEqual(["elsewhere", true]);
  expect(at({ provider: "anthropic" })).toEqual(["elsewhere", true]);
  expect(at({ provider: "anthropic", apiKey: "sk-1" })).toEqual(["elsewhere", false]);
  expect(at({ provider: "ollama", clearsKey: true })).toEqual(["elsewhere", false]);
  expect(at({ provider: "demo" })).toEqual(["elsewhere", false]);
  expect(toUpdate({ ...toDraft(stored), provider: "demo" }, "c").apiKey).toBeNull();
  expect(savedKeyOf(draft, { ...stored, hasApiKey: false })).toBeNull();
  expect(savedKeyOf(draft, null)).toBeNull();
  expect(savedKeyOf({ ...draft, provider: "gemini" }, stored)).toMatchObject({ host: "api.openai.com" });
});

test("what the form makes passes the server's own check, with the model standing in for a missing name", () => {
  const filled = { ...draft, maxTokens: "4096", description: " ", apiUrl: " https://api.example/v1 " };
  expect(createConfig.parse(toCreate(filled, "c"))).toMatchObject({
    name: "gpt-x",
    model: "gpt-x",
    maxTokens: 4096,
    description: null,
    apiUrl: "https://api.example/v1",
  });
  expect(updateConfig.parse(toUpdate({ ...filled, maxTokens: "" }, "c"))).toMatchObject({ maxTokens: null });
});

test("an endpoint of one's own needs its address, every config needs its model", () => {
  expect(isComplete({ ...draft, model: " " })).toBe(false);
  expect(isComplete({ ...draft, provider: "openai-compatible" })).toBe(false);
  expect(isComplete({ ...draft, provider: "openai-compatible", apiUrl: "http://127.0.0.1:8000/v1" })).toBe(true);
  expect(isComplete(draft)).toBe(true);
});

test("what is said of a model goes into its metadata, beside what the form does not know, and comes back", () => {
  const metadata = {
    note: "kept",
    capabilities: { maxOutputTokens: 9, vision: false },
    pricing: { input: 1, output: 2 },
  };
  const known = toDraft({ ...toCreate(draft, "c"), metadata } as unknown as LlmConfig);
  expect(known).toMatchObject({ says: { vision: "no", tools: "" }, price: { input: "1", output: "2", cached: "" } });
  expect(updateConfig.parse(toUpdate(known, "c")).metadata).toEqual(metadata);
  const changed = {
    ...known,
    contextWindow: "8192",
    says: { ...known.says, vision: "yes" as const },
    price: { input: "0.5", output: "1.5", cached: "0.1" },
  };
  expect(updateConfig.parse(toUpdate(changed, "c")).metadata).toEqual({
    note: "kept",
    capabilities: { maxOutputTokens: 9, vision: true, contextWindowTokens: 8192 },
    pricing: { input: 0.5, output: 1.5, cached: 0.1 },
  });
  const emptied = { ...toDraft(null), model: "m" };
  expect(toUpdate(emptied, "c").metadata).toBeNull();
});

test("a price is whole or none", () => {
  for (const price of [
    { input: "1", output: "", cached: "" },
    { input: "", output: "", cached: "1" },
    { input: "1.2.3", output: "1", cached: "" },
  ])
    expect(isComplete({ ...draft, price })).toBe(false);
  expect(isComplete({ ...draft, price: { input: "0", output: "0", cached: "" } })).toBe(true);
});

import { createConfig, updateConfig } from "@chatee/shared/llm";
import { expect, test } from "vitest";
import { isComplete, toCreate, toDraft, toEndpoint, toUpdate } from "./config-draft.ts";

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

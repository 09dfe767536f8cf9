import { expect, test } from "vitest";
import { costNanoUsd, priceOf } from "./prices.ts";

const config = { provider: "openai", model: "gpt-5", apiUrl: null, metadata: null } as const;

test("a model's price is that of its family, of a dated version too, and of no name that only begins alike", () => {
  expect(priceOf(config)).toMatchObject({ input: 1.25, output: 10 });
  expect(priceOf({ ...config, model: "gpt-5-2025-08-07" })).toEqual(priceOf(config));
  expect(priceOf({ ...config, provider: "anthropic", model: "claude-sonnet-4-20250514" })).toMatchObject({ input: 3 });
  expect(priceOf({ ...config, provider: "gemini", model: "models/gemini-2.5-flash" })).toMatchObject({ input: 0.3 });
  for (const model of ["gpt-5.1", "gpt-5-pro", "gpt-50"]) expect(priceOf({ ...config, model }), model).toBeNull();
});

test("nobody knows what another address than the maker's charges, unless its owner says", () => {
  expect(priceOf({ ...config, apiUrl: "https://proxy.example" })).toBeNull();
  const metadata = { pricing: { input: 2, output: 4 } };
  expect(priceOf({ ...config, apiUrl: "https://proxy.example", metadata })).toEqual({
    input: 2,
    output: 4,
    source: "own",
  });
  expect(priceOf({ ...config, model: "x", metadata: { pricing: { input: -1, output: 4 } } })).toBeNull();
});

test("a cached token costs its own price, and an input token's where none is given", () => {
  const used = { inputTokens: 1_000_000, cachedTokens: 400_000, outputTokens: 100_000 };
  expect(costNanoUsd({ input: 1, cached: 0.1, output: 10 }, used)).toBe(1_640_000_000);
  expect(costNanoUsd({ input: 1, output: 10 }, used)).toBe(2_000_000_000);
  expect(costNanoUsd({ input: 0.05, output: 0.4 }, { inputTokens: 1, cachedTokens: 0, outputTokens: 0 })).toBe(50);
});

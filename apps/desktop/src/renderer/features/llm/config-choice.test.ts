import type { LlmConfig } from "@chatee/shared/llm";
import { expect, test } from "vitest";
import { chooseConfig } from "./config-choice.ts";

const config = (configId: string, enabled = true) => ({ configId, enabled }) as LlmConfig;
const all = [config("off", false), config("first"), config("second"), config("demo")];

test("the first wanted config that may be used is chosen, else the oldest that may", () => {
  expect(chooseConfig(all, ["second", "first"])?.configId).toBe("second");
  expect(chooseConfig(all, [null, undefined, "gone", "off", "demo"])?.configId).toBe("demo");
  expect(chooseConfig(all, [null])?.configId).toBe("first");
  expect(chooseConfig([config("off", false), config("demo")], [])?.configId).toBe("demo");
  expect(chooseConfig([], ["x"])).toBeUndefined();
});

import type { LlmConfig } from "@chatee/shared/llm";
import { createStore } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";

const key = "chatee.config";

/** The config last chosen in this browser: new chats start with it. */
export const lastChosen = createStore<string | null>(readSaved(key));

export function rememberChoice(configId: string): void {
  lastChosen.set(configId);
  save(key, configId);
}

/** The first that may be used of those wanted, else the first enabled one: as on the server the oldest, and the demo when there is no other. */
export function chooseConfig(
  configs: readonly LlmConfig[],
  wanted: readonly (string | null | undefined)[],
): LlmConfig | undefined {
  const usable = configs.filter(({ enabled }) => enabled);
  for (const configId of wanted) {
    const found = configId == null ? undefined : usable.find((config) => config.configId === configId);
    if (found) return found;
  }
  return usable[0];
}

import type { OpenProvider, ProviderDeps } from "../provider.ts";

/** The one door to all providers. A provider's code is loaded when it is opened, its client library when it first streams. */
export function createOpenProvider(deps: ProviderDeps): OpenProvider {
  return async (settings) => {
    switch (settings.provider) {
      case "openai":
        return (await import("./openai.ts")).createOpenAIProvider(settings, deps);
      case "anthropic":
        return (await import("./anthropic.ts")).createAnthropicProvider(settings, deps);
      case "gemini":
        return (await import("./gemini.ts")).createGeminiProvider(settings, deps);
      case "ollama":
        return (await import("./ollama.ts")).createOllamaProvider(settings, deps);
      case "openai-compatible":
        return (await import("./openai-compatible.ts")).createOpenAICompatibleProvider(settings, deps);
      case "demo":
        return (await import("./demo.ts")).createDemoProvider(deps);
    }
  };
}

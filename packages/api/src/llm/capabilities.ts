import { type Capabilities, capabilities, type ProviderId } from "@chatee/shared/llm";
import { modelFamilies } from "./model-families.ts";

const fields = capabilities.shape;

/**
 * What a model can do: the user's own word first (config `metadata.capabilities`, or a provider's listing), then the
 * registry. What neither says stays null; nothing is guessed from a similar name. Invalid override fields are ignored.
 */
export function capabilitiesOf(provider: ProviderId, model: string, override?: unknown): Capabilities {
  const known = familyOf(provider, model);
  const said = typeof override === "object" && override !== null ? override : {};
  const pick = <K extends keyof Capabilities>(key: K, fallback: Capabilities[K]): Capabilities[K] => {
    const parsed = fields[key].safeParse(Reflect.get(said, key));
    return (parsed.success ? (parsed.data as Capabilities[K]) : null) ?? fallback;
  };
  return {
    // Ollama cuts the window to what its server was started with and does not say so: only the user can know.
    contextWindowTokens: pick(
      "contextWindowTokens",
      provider === "ollama" ? null : (known?.contextWindowTokens ?? null),
    ),
    maxOutputTokens: pick("maxOutputTokens", known?.maxOutputTokens ?? null),
    vision: pick("vision", known?.vision ?? null),
    tools: pick("tools", known?.tools ?? null),
    thinking: pick("thinking", known?.thinking ?? null),
  };
}

/** Gateways prefix the maker (`anthropic/claude-…`), Google its collection (`models/…`), Ollama appends a tag (`:8b`). */
function familyOf(provider: ProviderId, model: string): Capabilities | undefined {
  const id = model.toLowerCase().split("/").at(-1) ?? "";
  return modelFamilies.find(
    (family) => (family.provider === undefined) === (provider !== "demo") && family.pattern.test(id),
  )?.capabilities;
}

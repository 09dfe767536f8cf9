import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { ProviderId } from "@chatee/shared/llm";
import { jsonObject, type JsonObject } from "@chatee/shared/json";
import { z } from "zod";

/**
 * What must go back to a provider so that it can go on thinking after a tool call: the order of the answer's parts,
 * the thinking verbatim and the provider's own marks (signatures, item ids). Text is not stored twice: a text part
 * only knows how many characters of the message's content are its.
 */
const options = z.record(z.string(), jsonObject).optional();
const echoPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("reasoning"), text: z.string(), options }),
  z.object({ type: z.literal("text"), chars: z.int().nonnegative(), options }),
  z.object({ type: z.literal("tool-call"), toolCallId: z.string(), options }),
]);
const echo = z.object({ provider: z.string(), model: z.string(), parts: z.array(echoPart) });
export type EchoPart = z.infer<typeof echoPart>;

/** Null unless the data was made by the same provider and model: marks of another one are refused upstream. */
export function readEcho(data: JsonObject | undefined, provider: ProviderId, model: string): EchoPart[] | null {
  const parsed = echo.safeParse(data);
  if (!parsed.success || parsed.data.provider !== provider || parsed.data.model !== model) return null;
  return parsed.data.parts;
}

/** Collects the echo of one answer while it streams. */
export function createEchoRecorder(provider: ProviderId, model: string) {
  const parts: EchoPart[] = [];
  const open = new Map<string, EchoPart>();
  let lastText: Extract<EchoPart, { type: "text" }> | null = null;

  function mark(part: EchoPart, metadata: SharedV4ProviderMetadata | undefined) {
    for (const [namespace, values] of Object.entries(metadata ?? {})) {
      const known = jsonObject.safeParse(values);
      if (!known.success || Object.keys(known.data).length === 0) continue;
      part.options = { ...part.options, [namespace]: { ...part.options?.[namespace], ...known.data } };
    }
  }

  function start(key: string, part: EchoPart, metadata: SharedV4ProviderMetadata | undefined) {
    parts.push(part);
    if (part.type === "text") lastText = part;
    open.set(key, part);
    mark(part, metadata);
  }

  return {
    see(part: LanguageModelV4StreamPart) {
      switch (part.type) {
        case "reasoning-start":
          return start(`reasoning ${part.id}`, { type: "reasoning", text: "" }, part.providerMetadata);
        case "text-start":
          return start(`text ${part.id}`, { type: "text", chars: 0 }, part.providerMetadata);
        case "tool-call":
          return start(part.toolCallId, { type: "tool-call", toolCallId: part.toolCallId }, part.providerMetadata);
        case "reasoning-delta":
        case "reasoning-end": {
          const reasoning = open.get(`reasoning ${part.id}`);
          if (reasoning?.type !== "reasoning") return;
          if (part.type === "reasoning-delta") reasoning.text += part.delta;
          return mark(reasoning, part.providerMetadata);
        }
        case "text-delta":
        case "text-end": {
          // Thousands of tokens carry nothing.
          if (part.providerMetadata === undefined) return;
          const text = open.get(`text ${part.id}`);
          if (text) mark(text, part.providerMetadata);
          return;
        }
        default:
      }
    },
    /** Content as it was shown; it belongs to the text part begun last. */
    showed(chars: number) {
      if (lastText) lastText.chars += chars;
    },
    /** Null without tool calls: only a turn that goes on after a tool result needs an echo. */
    result(): JsonObject | null {
      const needed = parts.some((part) => part.options || part.type === "reasoning");
      if (!needed || !parts.some((part) => part.type === "tool-call")) return null;
      return jsonObject.parse(JSON.parse(JSON.stringify({ provider, model, parts })));
    },
  };
}

import { z } from "zod";
import { toSessionFile } from "./archive-tree.ts";
import type { ArchivedMessage } from "./archive-tree.ts";

const loose = <TShape extends z.ZodRawShape>(shape: TShape) => z.object(shape).nullish().catch(null);
const seconds = z.number().nullish().catch(null);
const conversation = z.object({
  id: z.string().nullish().catch(null),
  conversation_id: z.string().nullish().catch(null),
  title: z.string().nullish().catch(null),
  create_time: seconds,
  current_node: z.string().nullish().catch(null),
  mapping: z.record(z.string(), z.unknown()),
});
const node = z.object({
  parent: z.string().nullish().catch(null),
  message: loose({
    author: loose({ role: z.string() }),
    create_time: seconds,
    content: loose({
      content_type: z.string().nullish().catch(null),
      parts: z.array(z.unknown()).nullish().catch(null),
      text: z.string().nullish().catch(null),
      language: z.string().nullish().catch(null),
      thoughts: z.array(z.unknown()).nullish().catch(null),
    }),
    metadata: loose({
      model_slug: z.string().nullish().catch(null),
      is_visually_hidden_from_conversation: z.boolean().nullish().catch(null),
    }),
  }),
});
type Content = NonNullable<NonNullable<z.infer<typeof node>["message"]>["content"]>;

const toMs = (at: number | null | undefined): number | null =>
  at == null || !(at > 0) || at > 1e11 ? null : Math.round(at * 1000);

/** An entry of ChatGPT's `conversations.json`. */
export function isChatGpt(value: unknown): boolean {
  return conversation.safeParse(value).success;
}

/** Its tree with every branch. System texts, what tools said and hidden messages are left out. */
export function fromChatGpt(value: unknown) {
  const { mapping, ...said } = conversation.parse(value);
  const messages = Object.entries(mapping).flatMap(([sourceId, entry]): ArchivedMessage[] => {
    const parsed = node.safeParse(entry);
    if (!parsed.success) return [];
    const { message, parent } = parsed.data;
    const role = message?.author?.role;
    const isShown =
      (role === "user" || role === "assistant") && message?.metadata?.is_visually_hidden_from_conversation !== true;
    const { content, thinking } = wordsOf(isShown ? message?.content : null);
    return [
      {
        sourceId,
        parentId: parent ?? null,
        role: role === "user" ? "user" : "assistant",
        content,
        thinking,
        model: message?.metadata?.model_slug ?? null,
        createdAtMs: toMs(message?.create_time),
      },
    ];
  });
  const found = toSessionFile({
    sourceId: said.conversation_id ?? said.id ?? Object.keys(mapping)[0] ?? "",
    title: said.title ?? "",
    createdAtMs: toMs(said.create_time),
    messages,
    leafId: said.current_node ?? null,
  });
  const broken = Object.keys(mapping).length - messages.length;
  return { ...found, left: found.left + broken };
}

function wordsOf(content: Content | null | undefined): { content: string; thinking: string | null } {
  const none = { content: "", thinking: null };
  switch (content?.content_type) {
    case "text":
    case "multimodal_text":
      return { ...none, content: (content.parts ?? []).map(partText).filter(Boolean).join("\n\n") };
    case "code": {
      const text = content.text ?? "";
      const language = /^[a-z0-9+#-]{1,20}$/i.test(content.language ?? "") ? content.language : "";
      return text === "" ? none : { ...none, content: fenced(text, language === "unknown" ? "" : (language ?? "")) };
    }
    case "thoughts": {
      const thoughts = (content.thoughts ?? []).map((one) => fieldOf(one, "content") || fieldOf(one, "summary"));
      return { ...none, thinking: thoughts.filter(Boolean).join("\n\n") || null };
    }
    default:
      return none;
  }
}

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  const type = fieldOf(part, "content_type");
  if (type === "image_asset_pointer") return "[image]";
  return type === "audio_transcription" ? fieldOf(part, "text") : "";
}

function fieldOf(value: unknown, key: string): string {
  const field: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : null;
  return typeof field === "string" ? field : "";
}

/** With a fence that the code itself does not hold. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}

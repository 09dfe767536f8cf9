import { z } from "zod";
import { toSessionFile } from "./archive-tree.ts";
import type { ArchivedMessage } from "./archive-tree.ts";

const conversation = z.object({
  uuid: z.string().nullish().catch(null),
  name: z.string().nullish().catch(null),
  created_at: z.string().nullish().catch(null),
  current_leaf_message_uuid: z.string().nullish().catch(null),
  chat_messages: z.array(z.unknown()),
});
const named = z.object({ file_name: z.string().catch(""), extracted_content: z.string().nullish().catch(null) });
const message = z.object({
  uuid: z.string(),
  text: z.string().nullish().catch(null),
  sender: z.enum(["human", "assistant"]),
  created_at: z.string().nullish().catch(null),
  parent_message_uuid: z.string().nullish().catch(null),
  content: z.array(z.unknown()).nullish().catch(null),
  attachments: z.array(named).nullish().catch(null),
  files: z.array(named).nullish().catch(null),
});
const part = z.object({
  type: z.string(),
  text: z.string().nullish().catch(null),
  thinking: z.string().nullish().catch(null),
});

function toMs(at: string | null | undefined): number | null {
  const atMs = Date.parse(at ?? "");
  return atMs >= 0 ? atMs : null;
}

/** An entry of the `conversations.json` that Claude exports. */
export function isClaude(value: unknown): boolean {
  return conversation.safeParse(value).success;
}

/** Without parents the messages follow each other. Tools and what they said are left out of a message's words. */
export function fromClaude(value: unknown) {
  const { chat_messages, ...said } = conversation.parse(value);
  const read = chat_messages.flatMap((entry) => message.safeParse(entry).data ?? []);
  const known = new Set(read.map(({ uuid }) => uuid));
  const isTree = read.some((one) => known.has(one.parent_message_uuid ?? ""));
  const messages = read.map((one, index): ArchivedMessage => {
    const parts = (one.content ?? []).flatMap((entry) => part.safeParse(entry).data ?? []);
    const text = parts.flatMap((entry) => (entry.type === "text" && entry.text ? [entry.text] : [])).join("\n\n");
    const thinking = parts.flatMap((entry) => (entry.type === "thinking" && entry.thinking ? [entry.thinking] : []));
    const attached = [...(one.attachments ?? []), ...(one.files ?? [])].map(
      ({ file_name, extracted_content }) =>
        `[${file_name || "file"}]${extracted_content ? `\n${extracted_content}` : ""}`,
    );
    return {
      sourceId: one.uuid,
      parentId: isTree ? (one.parent_message_uuid ?? null) : (read[index - 1]?.uuid ?? null),
      role: one.sender === "human" ? "user" : "assistant",
      content: [text || (one.text ?? ""), ...attached].filter(Boolean).join("\n\n"),
      thinking: thinking.join("\n\n") || null,
      model: null,
      createdAtMs: toMs(one.created_at),
    };
  });
  const found = toSessionFile({
    sourceId: said.uuid ?? read[0]?.uuid ?? "",
    title: said.name ?? "",
    createdAtMs: toMs(said.created_at),
    messages,
    leafId: said.current_leaf_message_uuid ?? read.at(-1)?.uuid ?? null,
  });
  return { ...found, left: found.left + chat_messages.length - read.length };
}

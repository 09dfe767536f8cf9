import { id } from "./ids.ts";

/** A message as an archive has it. Without words it stays out, and what hangs on it hangs on its parent. */
export type ArchivedMessage = {
  sourceId: string;
  parentId: string | null;
  role: "user" | "assistant";
  content: string;
  thinking: string | null;
  model: string | null;
  createdAtMs: number | null;
};

const maxContentChars = 4_000_000;
const maxTitleChars = 200;

/**
 * A session's file from the messages of an archive: parents before children, siblings in the order given, the branch
 * of `leafId` active. A parent that is not there is none; what hangs on itself is left out.
 */
export function toSessionFile(from: {
  sourceId: string;
  title: string;
  createdAtMs: number | null;
  messages: ArchivedMessage[];
  leafId: string | null;
}) {
  const { messages } = from;
  const known = new Map(messages.map((message) => [message.sourceId, message]));
  const children = new Map<string | null, ArchivedMessage[]>();
  for (const message of known.values()) {
    const parentId = message.parentId !== null && known.has(message.parentId) ? message.parentId : null;
    const siblings = children.get(parentId) ?? [];
    siblings.push(message);
    children.set(parentId, siblings);
  }
  const isSaid = ({ content, thinking }: ArchivedMessage) => content.trim() !== "" || thinking !== null;
  const ids = new Map<string, string>();
  const startMs = from.createdAtMs ?? 0;
  const written: Record<string, unknown>[] = [];
  const open = (children.get(null) ?? []).map((message) => ({
    message,
    parentId: null as string | null,
    atMs: startMs,
  }));
  open.reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { message, parentId } = next;
    const createdAtMs = message.createdAtMs ?? next.atMs;
    let messageId = parentId;
    if (isSaid(message)) {
      messageId = id.safeParse(message.sourceId).success ? message.sourceId : `m${written.length}`;
      ids.set(message.sourceId, messageId);
      const { role, content, thinking, model } = message;
      written.push({
        messageId,
        parentId,
        active: false,
        role,
        content: content.slice(0, maxContentChars),
        thinking: thinking?.slice(0, maxContentChars) ?? null,
        model: model?.slice(0, 200) ?? null,
        createdAtMs,
      });
    }
    const below = children.get(message.sourceId) ?? [];
    for (const child of below.toReversed()) open.push({ message: child, parentId: messageId, atMs: createdAtMs });
  }
  const leaf = leafOf(from.leafId, known, ids) ?? written.at(-1)?.["messageId"];
  const byId = new Map(written.map((message) => [message["messageId"], message]));
  for (let one = byId.get(leaf); one; one = byId.get(one["parentId"])) one["active"] = true;
  const title = from.title.trim().slice(0, maxTitleChars).trim();
  return {
    sourceId: from.sourceId,
    left: messages.length - written.length,
    file: {
      version: "1.0",
      exportType: "session",
      session: { title: title || "Untitled", createdAtMs: from.createdAtMs ?? undefined },
      messages: written,
    },
  };
}

/** The leaf, or the nearest message above it that has words. */
function leafOf(
  leafId: string | null,
  known: ReadonlyMap<string, ArchivedMessage>,
  ids: ReadonlyMap<string, string>,
): string | undefined {
  const seen = new Set<string>();
  for (let at = leafId; at !== null && !seen.has(at); at = known.get(at)?.parentId ?? null) {
    const found = ids.get(at);
    if (found !== undefined) return found;
    seen.add(at);
  }
  return undefined;
}

import type { MessageStore } from "@chatee/db/messages.store";
import type { MessageSearch } from "@chatee/db/search/message-search";
import { snippetOf } from "@chatee/db/search/snippet";
import type { SessionStore } from "@chatee/db/sessions.store";
import type { SearchHit, SearchMessages } from "@chatee/shared/messages";
import { toMessage } from "./message.ts";

const snippetChars = 200;

/** Best first. What was removed since the index was read is left out. */
export function createMessageHits(deps: { messages: MessageStore; sessions: SessionStore; search: MessageSearch }) {
  return async (ownerId: string, input: SearchMessages): Promise<SearchHit[]> => {
    const { query, sessionId, limit } = input;
    const hits = await deps.search.find({ ownerId, query, sessionId, limit });
    const found = await deps.messages.findMany(
      ownerId,
      hits.map((hit) => hit.messageId),
    );
    const rows = new Map(found.map((row) => [row.messageId, row]));
    const owners = await deps.sessions.findMany(ownerId, [...new Set(found.map((row) => row.sessionId))]);
    const titles = new Map(owners.map((row) => [row.sessionId, row.title]));
    return hits.flatMap(({ messageId, score }) => {
      const row = rows.get(messageId);
      if (!row) return [];
      const { role, createdAtMs, content } = toMessage(row);
      const sessionTitle = titles.get(row.sessionId) ?? "";
      const snippet = snippetOf(content, query, snippetChars);
      return [{ messageId, sessionId: row.sessionId, sessionTitle, role, createdAtMs, score, snippet }];
    });
  };
}

import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { raw } from "../statements.ts";
import { maxHits } from "./token-index.ts";
import type { Entry, TokenIndex } from "./token-index.ts";
import { idToken } from "./tokens.ts";

/**
 * FTS5 without a copy of the texts. An FTS5 table has no other index than its words, so the ids of the message
 * and of its session are words of the entry too: that is how one is found to be replaced.
 */
export function createSqliteTokenIndex(db: Database): TokenIndex {
  const slot = sql.placeholder;
  const removeByToken = db.prepareWrite(
    raw(sql`delete from message_search where rowid in
      (select rowid from message_search where message_search match ${slot("token")})`),
  );
  const values = sql`${slot("messageId")}, ${slot("sessionId")}, ${slot("ownerId")}, ${slot("tokens")}`;
  const add = db.prepareWrite(
    raw(sql`insert into message_search (message_id, session_id, owner_id, tokens) values (${values})`),
  );
  const addIfUnchanged = db.prepareWrite(
    raw(sql`insert into message_search (message_id, session_id, owner_id, tokens) select ${values} from messages
      where message_id = ${slot("messageId")} and updated_at_ms = ${slot("updatedAtMs")}
        and not exists (select 1 from message_search where message_search match ${slot("token")})`),
  );
  const bound = ({ tokens, ...ids }: Entry) => ({
    ...ids,
    tokens: [idToken("m", ids.messageId), idToken("s", ids.sessionId), ...tokens].join(" "),
  });

  return {
    put: (entry) => [removeByToken({ token: idToken("m", entry.messageId) }), add(bound(entry))],
    putIfUnchanged: (entry, updatedAtMs) => [
      addIfUnchanged({ ...bound(entry), updatedAtMs, token: idToken("m", entry.messageId) }),
    ],
    remove: (messageId) => [removeByToken({ token: idToken("m", messageId) })],
    removeSession: (sessionId) => [removeByToken({ token: idToken("s", sessionId) })],
    async find({ ownerId, tokens, sessionId }) {
      const inSession = sessionId === undefined ? sql`` : sql` and session_id = ${sessionId}`;
      const rows = await db.query(
        sql`select message_id, session_id, -rank as score from message_search
          where message_search match ${tokens.join(" OR ")} and owner_id = ${ownerId}${inSession}
          order by rank limit ${maxHits}`,
      );
      return rows.map((row) => ({
        messageId: String(row["message_id"]),
        sessionId: String(row["session_id"]),
        score: Number(row["score"]),
      }));
    },
  };
}

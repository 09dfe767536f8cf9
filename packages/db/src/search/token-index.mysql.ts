import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { raw } from "../statements.ts";
import { createBm25 } from "./bm25.ts";
import { maxHits } from "./token-index.ts";
import type { Entry, TokenIndex } from "./token-index.ts";

/** The two ids that FTS5 counts as words of each text. */
const idWords = 2;
/**
 * A word in so many texts is common, and is not counted further: InnoDB takes some 4 µs for each text it counts
 * or compares, where the wait for an answer is bounded.
 */
const commonTexts = 20_000;

/**
 * A FULLTEXT index of InnoDB. Its own ranking is poor, so it only chooses the candidates; their order is made
 * here, with the same formula and the same counts as in SQLite.
 */
export function createMysqlTokenIndex(db: Database, common = commonTexts): TokenIndex {
  const slot = sql.placeholder;
  const values = sql`${slot("messageId")}, ${slot("sessionId")}, ${slot("ownerId")}, ${slot("wordCount")}, ${slot("tokens")}`;
  const put = db.prepareWrite(
    raw(sql`insert into message_search (message_id, session_id, owner_id, word_count, tokens) values (${values})
      on duplicate key update session_id = ${slot("sessionId")}, owner_id = ${slot("ownerId")},
        word_count = ${slot("wordCount")}, tokens = ${slot("tokens")}`),
  );
  const putIfUnchanged = db.prepareWrite(
    raw(sql`insert ignore into message_search (message_id, session_id, owner_id, word_count, tokens)
      select ${values} from messages
      where message_id = ${slot("messageId")} and updated_at_ms = ${slot("updatedAtMs")}`),
  );
  const removeMessage = db.prepareWrite(raw(sql`delete from message_search where message_id = ${slot("messageId")}`));
  const removeSession = db.prepareWrite(raw(sql`delete from message_search where session_id = ${slot("sessionId")}`));
  const bound = ({ tokens, ...ids }: Entry) => ({
    ...ids,
    wordCount: tokens.length + idWords,
    tokens: tokens.join(" "),
  });
  const matching = (tokens: string[]) => sql`match(tokens) against (${tokens.join(" ")} in boolean mode)`;

  async function countTexts(tokens: string[]) {
    const counts = tokens.map(
      (token, index) =>
        sql`(select count(*) from (select 1 from message_search where ${matching([token])} limit ${common}) c)
          as ${sql.raw(`with_${index}`)}`,
    );
    const [row = {}] = await db.query(
      sql`select count(*) as texts, avg(word_count) as words, ${sql.join(counts, sql`, `)} from message_search`,
    );
    return {
      corpus: { texts: Number(row["texts"]), averageLength: Number(row["words"]) },
      textsWith: new Map(tokens.map((token, index) => [token, Number(row[`with_${index}`])])),
    };
  }

  /** Where rarer words fill the hits, common ones only count for the order: nobody waits for all texts that have them. */
  function tellingOf(textsWith: Map<string, number>): string[] {
    const rare = [...textsWith].filter(([, texts]) => texts < common);
    const found = rare.reduce((sum, [, texts]) => sum + texts, 0);
    return (found >= maxHits ? rare : [...textsWith]).map(([token]) => token);
  }

  return {
    put: (entry) => [put(bound(entry))],
    putIfUnchanged: (entry, updatedAtMs) => [putIfUnchanged({ ...bound(entry), updatedAtMs })],
    remove: (messageId) => [removeMessage({ messageId })],
    removeSession: (sessionId) => [removeSession({ sessionId })],
    async find({ ownerId, tokens, sessionId }) {
      const { corpus, textsWith } = await countTexts(tokens);
      const inSession = sessionId === undefined ? sql`` : sql` and session_id = ${sessionId}`;
      const wanted = matching(sessionId === undefined ? tellingOf(textsWith) : tokens);
      const rows = await db.query(
        sql`select message_id, session_id, word_count, tokens from message_search
          where ${wanted} and owner_id = ${ownerId}${inSession} order by ${wanted} desc limit ${maxHits}`,
      );
      const scoreOf = createBm25(corpus, textsWith);
      return rows.map((row) => ({
        messageId: String(row["message_id"]),
        sessionId: String(row["session_id"]),
        score: scoreOf(String(row["tokens"]).split(" "), Number(row["word_count"])),
      }));
    },
  };
}

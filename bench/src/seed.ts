import type { Database } from "@chatee/db/database";
import { insert } from "@chatee/db/statements";

export const sessionId = "01994000-0000-7000-8000-000000000000";
export const ownerId = "owner";
const atMs = 1_760_000_000_000;
const perStatement = 200_000;

/**
 * One session with `count` messages, half of them answers, some with thinking and a tool call, a few kilobytes
 * apart in length. The database makes the rows itself: a million take seconds.
 */
export async function seed(db: Database, count: number, exec: (sql: string) => Promise<void>): Promise<void> {
  const { sessions } = db.tables;
  await db.write(
    insert(sessions, {
      sessionId,
      ownerId,
      title: "A long session",
      titleIsDefault: false,
      sessionType: "memory",
      lastSeq: count,
      messageCount: count,
      leafId: messageId(count),
      accToken: 0,
      pinnedAtMs: null,
      createdAtMs: atMs,
      updatedAtMs: atMs,
    }),
  );
  for (let from = 1; from <= count; from += perStatement)
    await exec(rows(db.engine, from, Math.min(count, from + perStatement - 1)));
}

const idPrefix = "01994000-0000-7000-9000-";

function messageId(seq: number): string {
  return idPrefix + String(seq).padStart(12, "0");
}

function rows(engine: Database["engine"], from: number, to: number): string {
  const concat = (...parts: string[]) =>
    engine === "sqlite" ? `(${parts.join(" || ")})` : `concat(${parts.join(", ")})`;
  const idOf = (seq: string) =>
    engine === "sqlite" ? `printf('${idPrefix}%012d', ${seq})` : concat(`'${idPrefix}'`, `lpad(${seq}, 12, '0')`);
  const repeat = (text: string, times: string) =>
    engine === "sqlite" ? `replace(printf('%.*c', ${times}, 'x'), 'x', '${text}')` : `repeat('${text}', ${times})`;
  const sentence = "The river turns south here, and then it falls. ";
  const call = `'[{"toolCallId":"call-1","name":"search","arguments":{"query":"where does the river go"},"status":"done","result":"south","step":0,"contentOffset":12,"thinkingOffset":0,"startedAtMs":${atMs},"finishedAtMs":${atMs}}]'`;
  const columns = {
    session_id: `'${sessionId}'`,
    seq: "n",
    message_id: idOf("n"),
    owner_id: `'${ownerId}'`,
    parent_id: `case when n = 1 then null else ${idOf("n - 1")} end`,
    active: "1",
    role: "case when n % 2 = 1 then 'user' else 'assistant' end",
    status: "'completed'",
    content: concat("n", "' '", repeat(sentence, "2 + n % 11")),
    thinking: `case when n % 8 = 0 then ${repeat(sentence, "6")} end`,
    tool_calls: `case when n % 10 = 0 then ${call} end`,
    token_count: "40 + n % 90",
    token_count_estimated: "0",
    acc_token: "case when n % 2 = 0 then n end",
    ext: `case when n % 4 = 0 then '{"finishReason":"length"}' end`,
    model: "case when n % 2 = 0 then 'gpt-5-mini' end",
    llm_config_id: `case when n % 2 = 0 then '${idPrefix}000000000000' end`,
    run_id: `case when n % 2 = 0 then ${idOf("n")} end`,
    created_at_ms: `${atMs} + n`,
    updated_at_ms: `${atMs} + n`,
  };
  const into = `insert into messages (${Object.keys(columns).join(", ")})`;
  const select = `select ${Object.values(columns).join(", ")}`;
  if (engine === "mysql") return `${into} ${select} from (select seq as n from seq_${from}_to_${to}) numbers`;
  return `${into} with recursive numbers (n) as (select ${from} union all select n + 1 from numbers where n < ${to}) ${select} from numbers`;
}

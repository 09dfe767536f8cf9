import type { SendResult } from "@chatee/shared/messages";
import { createWitness } from "./witness.ts";
import type { Witness } from "./witness.ts";

export type Row = Record<string, unknown>;
/** Reads the database behind the server's back: one select without parameters. */
export type ReadRows = (sql: string) => Promise<Row[]> | Row[];

type Sent = { clientId: string; sessionId: string; content: string; attempts: number; answers: SendResult[] };
type MessageRow = {
  session_id: string;
  seq: number;
  message_id: string;
  active: number;
  role: string;
  status: string;
  content: string;
  thinking: string | null;
  parent_id: string | null;
  ext: string | null;
};
type RunRow = { run_id: string; stream_id: string; subject_id: string; status: string; idempotency_key: string | null };

const maxFindings = 50;
const catchUpMs = 15_000;

/** What the demo model says to `/demo tokens=… thinking=…`; null when the message is no such script. */
export function scriptedAnswer(content: string): { content: string; thinking: string } | null {
  const count = (name: string) => new RegExp(`^/demo .*\\b${name}=(\\d+)`).exec(content)?.[1];
  const tokens = count("tokens");
  if (tokens === undefined) return null;
  const pieces = (letter: string, length: number) =>
    Array.from({ length }, (_, index) => `${letter}${index}`).join(" ");
  return { content: pieces("t", Number(tokens)), thinking: pieces("h", Number(count("thinking") ?? 0)) };
}

/**
 * Stands outside the server: it writes down what the server acknowledged and what each subscriber was shown,
 * and compares both with the rows that are left in the end.
 */
export function createAuditor() {
  const sent = new Map<string, Sent>();
  const witnesses: Witness[] = [];

  return {
    witnesses,
    witness(name: string, sessionId: string): Witness {
      const witness = createWitness(name, sessionId);
      witnesses.push(witness);
      return witness;
    },
    /** A send that goes out now, once more perhaps; it may or may not be acknowledged. */
    sending(clientId: string, sessionId: string, content: string): void {
      const known = sent.get(clientId) ?? { clientId, sessionId, content, attempts: 0, answers: [] };
      known.attempts++;
      sent.set(clientId, known);
    },
    /** Every answer counts, also those to the same send again. */
    acknowledged(clientId: string, answer: SendResult): void {
      sent.get(clientId)?.answers.push(answer);
    },
    sends: () => [...sent.values()],
    /** Waits until every witness has seen the newest event of its session; says who did not. */
    async untilCaughtUp(read: ReadRows): Promise<string[]> {
      const heads = await read("select stream_id, head_seq from event_streams");
      const headOf = new Map(heads.map((row) => [row["stream_id"], Number(row["head_seq"])]));
      const late = await Promise.all(
        witnesses.map(async (witness) => {
          const head = headOf.get(witness.sessionId) ?? 0;
          const isThere = await witness.until(() => witness.lastSeq() >= head, catchUpMs);
          return isThere ? [] : [`${witness.name}: saw ${witness.lastSeq()} of ${head} events`];
        }),
      );
      return late.flat();
    },
    /** Everything that is not as promised, one sentence each. Call it when all runs have ended and all witnesses have caught up. */
    async findings(read: ReadRows): Promise<string[]> {
      const messages = (await read("select * from messages")) as MessageRow[];
      const runs = (await read("select * from runs")) as RunRow[];
      const stored = { byId: new Map(messages.map((row) => [row.message_id, row])), messages, runs };
      const found = [
        ...sendFindings([...sent.values()], stored),
        ...runFindings(stored),
        ...(await logFindings(read, stored)),
        ...(await sessionFindings(read, stored)),
        ...witnesses.flatMap((witness) => witnessFindings(witness, stored)),
      ];
      return found.length > maxFindings
        ? [...found.slice(0, maxFindings), `and ${found.length - maxFindings} more`]
        : found;
    },
  };
}
export type Auditor = ReturnType<typeof createAuditor>;

type Stored = { byId: Map<string, MessageRow>; messages: MessageRow[]; runs: RunRow[] };

/** What was acknowledged is there; what was sent once, or often, is there at most once. */
function sendFindings(sends: Sent[], { byId, messages, runs }: Stored): string[] {
  const said = Map.groupBy(
    messages.filter((row) => row.role === "user"),
    (row) => `${row.session_id} ${row.content}`,
  );
  const byKey = Map.groupBy(runs, (run) => run.idempotency_key);
  return sends.flatMap(({ clientId, sessionId, content, answers }) => {
    const found: string[] = [];
    const report = (what: string) => found.push(`send ${clientId}: ${what}`);
    const copies = said.get(`${sessionId} ${content}`)?.length ?? 0;
    const started = byKey.get(`send:${sessionId}:${clientId}`) ?? [];
    if (copies > 1) report(`its message is there ${copies} times`);
    if (started.length > 1) report(`it started ${started.length} runs`);
    if (copies !== started.length) report(`${copies} messages, but ${started.length} runs`);
    const [first] = answers;
    if (!first) return found;
    if (answers.some((answer) => JSON.stringify(answer) !== JSON.stringify(first))) report("was answered differently");
    if (byId.get(first.userMessageId)?.content !== content) report("was acknowledged, and its message is lost");
    if (byId.get(first.messageId)?.role !== "assistant") report("was acknowledged, and its answer is lost");
    if (started[0]?.run_id !== first.runId) report("was acknowledged, and its run is lost");
    return found;
  });
}

function runFindings({ byId, runs }: Stored): string[] {
  return runs.flatMap((run) => {
    const found: string[] = [];
    const report = (what: string) => found.push(`run ${run.run_id} (${run.status}): ${what}`);
    const answer = byId.get(run.subject_id);
    if (!["completed", "failed", "cancelled", "interrupted"].includes(run.status)) report("has not ended");
    if (!answer) return [...found, `run ${run.run_id}: has no answer`];
    if (answer.status !== run.status) report(`its answer is ${answer.status}`);
    const asked = byId.get(answer.parent_id ?? "");
    // An answer that carries on another one starts with that one's text.
    const isContinued = answer.ext?.includes("continuedFrom") ?? false;
    const expected = asked && !isContinued ? scriptedAnswer(asked.content) : null;
    for (const part of ["content", "thinking"] as const) {
      if (!expected) continue;
      const text = answer[part] ?? "";
      if (!expected[part].startsWith(text)) report(`its ${part} is not what the model said`);
      if (run.status === "completed" && text !== expected[part]) report(`its ${part} is not all the model said`);
    }
    return found;
  });
}

/** Exactly one start and one end of each run and of its answer, nothing passing left, numbers without duplicates. */
async function logFindings(read: ReadRows, { runs }: Stored): Promise<string[]> {
  const rows = (await read("select stream_id, seq, event, prune_run_id from event_log")) as {
    stream_id: string;
    seq: number;
    event: string;
    prune_run_id: string | null;
  }[];
  const starts = new Map<string, number>();
  const ends = new Map<string, string[]>();
  const messageEnds = new Map<string, number>();
  const found: string[] = [];
  for (const row of rows) {
    if (row.prune_run_id !== null) found.push(`event ${row.seq} of ${row.stream_id}: a passing event outlived its run`);
    const event = JSON.parse(row.event) as { type: string; runId?: string; message?: { messageId: string } };
    if (event.type === "run.started") starts.set(event.runId ?? "", (starts.get(event.runId ?? "") ?? 0) + 1);
    else if (/^run\.(completed|failed|cancelled|interrupted)$/.test(event.type))
      ends.set(event.runId ?? "", [...(ends.get(event.runId ?? "") ?? []), event.type]);
    else if (/^message\.(completed|failed|interrupted)$/.test(event.type)) {
      const messageId = event.message?.messageId ?? "";
      messageEnds.set(messageId, (messageEnds.get(messageId) ?? 0) + 1);
    }
  }
  for (const { run_id, subject_id, status } of runs) {
    const ending = ends.get(run_id) ?? [];
    if (starts.get(run_id) !== 1) found.push(`run ${run_id}: ${starts.get(run_id) ?? 0} starts in the log`);
    if (ending.length !== 1 || ending[0] !== `run.${status}`)
      found.push(`run ${run_id} (${status}): ends in the log: ${ending.join(", ") || "none"}`);
    if (messageEnds.get(subject_id) !== 1)
      found.push(`answer ${subject_id}: ${messageEnds.get(subject_id) ?? 0} ends in the log`);
  }
  return found;
}

async function sessionFindings(read: ReadRows, { messages }: Stored): Promise<string[]> {
  const rows = (await read("select session_id, active_run_id, last_seq, message_count from sessions")) as {
    session_id: string;
    active_run_id: string | null;
    last_seq: number;
    message_count: number;
  }[];
  const bySession = Map.groupBy(messages, (row) => row.session_id);
  return rows.flatMap(({ session_id, active_run_id, last_seq, message_count }) => {
    const own = bySession.get(session_id) ?? [];
    const seqs = own.map((row) => row.seq).sort((a, b) => a - b);
    const active = own.filter((row) => row.active === 1).length;
    return [
      ...(active_run_id === null ? [] : [`session ${session_id}: still held by run ${active_run_id}`]),
      ...(seqs.every((seq, index) => seq === index + 1) && seqs.length === last_seq
        ? []
        : [`session ${session_id}: messages ${seqs.join(",")}, and ${last_seq} were numbered`]),
      ...(active === message_count ? [] : [`session ${session_id}: ${active} shown, ${message_count} counted`]),
    ];
  });
}

/** What somebody saw of each message is what is stored of it, and nobody waits for an end that will not come. */
function witnessFindings(witness: Witness, { byId, runs }: Stored): string[] {
  const found = [...witness.findings];
  const report = (what: string) => found.push(`${witness.name}: ${what}`);
  for (const [messageId, seen] of witness.messages) {
    const row = byId.get(messageId);
    if (!row) {
      report(`saw ${messageId}, which is lost`);
      continue;
    }
    if (seen.ended !== row.status) report(`${messageId}: saw it ${seen.ended ?? "unended"}, stored is ${row.status}`);
    if (seen.content !== row.content) report(`${messageId}: its stored content is not what was shown`);
    if (seen.thinking !== (row.thinking ?? "")) report(`${messageId}: its stored thinking is not what was shown`);
  }
  for (const run of runs.filter(({ stream_id }) => stream_id === witness.sessionId)) {
    const seen = witness.runs.get(run.run_id);
    if (seen?.started !== 1) report(`run ${run.run_id}: saw ${seen?.started ?? 0} starts`);
    if (seen?.ends.length !== 1) report(`run ${run.run_id}: saw ${seen?.ends.length ?? 0} ends`);
    if (!witness.messages.has(run.subject_id)) report(`run ${run.run_id}: never saw its answer`);
  }
  return found;
}

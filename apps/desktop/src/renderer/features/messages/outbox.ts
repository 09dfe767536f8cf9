import { attachmentsOf } from "@chatee/shared/attachments";
import type { Attachment } from "@chatee/shared/attachments";
import { backOffMs } from "../../api/back-off.ts";
import type { ApiClient } from "../../api/client.ts";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import type { Problem } from "../../api/problem.ts";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";
import { readChatType } from "./new-chat-type.ts";
import type { NewChatType } from "./new-chat-type.ts";

/**
 * A message on its way. queued (an answer is being written; it goes when that one ends, after those queued before
 * it) → sent | failed; sending → sent | waiting (the server did not answer; it is sent again by itself, with the
 * same client id) | failed (a person has to decide). `sent` stays until its message is on the screen.
 */
export type Sending = {
  clientId: string;
  sessionId: string;
  /** The session does not exist yet and is made first. */
  isNewSession: boolean;
  content: string;
  llmConfigId: string | null;
  mcpServerIds: readonly string[];
  /** Of a session that is made first. */
  systemPrompt?: string | null;
  /** What a session that is made first is made as; an ordinary one when absent. */
  sessionType?: NewChatType;
  attachments: readonly Attachment[];
  createdAtMs: number;
  /** The newest message when it was sent: its own comes after. */
  afterSeq: number;
  state: "queued" | "sending" | "waiting" | "sent" | "failed";
  problem: Problem | null;
  userMessageId: string | null;
};

export type Outbox = Store<readonly Sending[]> & {
  send: (
    what: Pick<
      Sending,
      | "sessionId"
      | "isNewSession"
      | "content"
      | "llmConfigId"
      | "mcpServerIds"
      | "systemPrompt"
      | "sessionType"
      | "attachments"
      | "afterSeq"
    >,
    when?: "now" | "after the answer",
  ) => void;
  /** The session's answer has ended: what is queued for it need not wait any longer. */
  poke: (sessionId: string) => void;
  retry: (clientId: string) => void;
  /** Forgets it: it arrived on the screen, or is not wanted any more. */
  remove: (clientId: string) => void;
};

type Deps = { client: Pick<ApiClient, "sessions" | "messages">; random: () => number; now: () => number };

const savedKey = "chatee.outbox";
/** What was left behind longer ago is shown and not sent by itself: by now it may surprise. */
const maxResumeMs = 10 * 60_000;
const maxSaved = 20;
/** How long a sent message is shown from here while its own event has not come. */
const maxShownMs = 15_000;
/** How often a queued message asks whether the answer before it has ended, when nobody says so. */
const firstAskMs = 1_000;
const maxAskMs = 10_000;

/**
 * Sends messages so that each arrives once. It is kept in this browser until the server has it, also over a reload;
 * repeating is harmless because the server knows the client id.
 */
export function createOutbox({ client, random, now }: Deps): Outbox {
  const entries = createStore<readonly Sending[]>(restore(now()));
  /** Another tab may have queued these and take them back: then it removes them from what is saved. */
  const restored = new Set(entries.get().map(({ clientId }) => clientId));
  const isTakenBack = (clientId: string) =>
    restored.has(clientId) && !restore(now()).some((saved) => saved.clientId === clientId);

  function persist(): void {
    const unsent = entries.get().filter(({ state }) => state !== "sent");
    save(savedKey, unsent.length === 0 ? null : JSON.stringify(unsent.slice(-maxSaved)));
  }
  function change(clientId: string, fields: Partial<Sending>): void {
    entries.set(entries.get().map((entry) => (entry.clientId === clientId ? { ...entry, ...fields } : entry)));
    persist();
  }
  function remove(clientId: string): void {
    entries.set(entries.get().filter((entry) => entry.clientId !== clientId));
    persist();
  }
  const inTransit = new Set<string>();
  const find = (clientId: string) => entries.get().find((entry) => entry.clientId === clientId);

  function start(clientId: string): void {
    if (inTransit.has(clientId)) return;
    inTransit.add(clientId);
    void transmit(clientId).finally(() => inTransit.delete(clientId));
  }

  async function deliver(entry: Sending): Promise<void> {
    const { clientId, sessionId, content, llmConfigId, attachments } = entry;
    const mcpServerIds = [...entry.mcpServerIds];
    const carried = {
      systemPrompt: entry.systemPrompt ?? null,
      sessionType: entry.sessionType ?? "memory",
      ext: mcpServerIds.length > 0 ? { mcpServerIds } : null,
    };
    if (entry.isNewSession) await client.sessions.create.mutate({ sessionId, llmConfigId, ...carried });
    const { userMessageId } = await client.messages.send.mutate({
      sessionId,
      content,
      clientId,
      llmConfigId,
      mcpServerIds,
      ...(attachments.length > 0 ? { fileIds: attachments.map(({ fileId }) => fileId) } : {}),
    });
    change(clientId, { state: "sent", problem: null, userMessageId });
    setTimeout(() => remove(clientId), maxShownMs);
  }

  const bells = new Map<string, () => void>();
  const pumping = new Set<string>();

  /** Sends what is queued for a session, one after the other, each as soon as the server is free to take it. */
  async function pump(sessionId: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const [head] = entries.get().filter((entry) => entry.sessionId === sessionId && entry.state !== "sent");
      if (head?.state !== "queued") return;
      if (isTakenBack(head.clientId)) {
        entries.set(entries.get().filter((entry) => entry !== head));
        continue;
      }
      try {
        await deliver(head);
        attempt = -1;
      } catch (error) {
        const problem = toProblem(error);
        const isBusy = problem.kind === "failure" && problem.failure.code === "session.busy";
        if (!isBusy && problem.kind !== "network") change(head.clientId, { state: "failed", problem });
        else await untilPoked(sessionId, backOffMs(attempt, random, firstAskMs, maxAskMs));
      }
    }
  }
  function untilPoked(sessionId: string, ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    bells.set(sessionId, resolve);
    return promise.then(() => clearTimeout(timer));
  }
  function startPump(sessionId: string): void {
    if (pumping.has(sessionId)) return;
    pumping.add(sessionId);
    void pump(sessionId).finally(() => pumping.delete(sessionId));
  }

  async function transmit(clientId: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const entry = find(clientId);
      if (!entry) return;
      try {
        await deliver(entry);
        startPump(entry.sessionId);
        return;
      } catch (error) {
        const problem = toProblem(error);
        if (problem.kind !== "network") return change(clientId, { state: "failed", problem });
        change(clientId, { state: "waiting", problem });
        await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, random, 500)));
      }
    }
  }

  for (const { clientId, sessionId, state } of entries.get()) {
    if (state === "sending") start(clientId);
    if (state === "queued") startPump(sessionId);
  }

  return {
    get: entries.get,
    subscribe: entries.subscribe,
    send(what, when = "now") {
      const clientId = newId();
      const state = when === "now" ? "sending" : "queued";
      const entry: Sending = { ...what, clientId, createdAtMs: now(), state, problem: null, userMessageId: null };
      entries.set([...entries.get(), entry]);
      persist();
      if (state === "sending") start(clientId);
      else startPump(what.sessionId);
    },
    poke: (sessionId) => bells.get(sessionId)?.(),
    retry(clientId) {
      change(clientId, { state: "sending", problem: null });
      start(clientId);
    },
    remove(clientId) {
      const sessionId = find(clientId)?.sessionId;
      remove(clientId);
      if (sessionId !== undefined) startPump(sessionId);
    },
  };
}

/** What an earlier life of this page had not sent. Whatever is not readable is forgotten. */
function restore(nowMs: number): Sending[] {
  try {
    const saved: unknown = JSON.parse(readSaved(savedKey) ?? "[]");
    if (!Array.isArray(saved)) return [];
    return (saved as Sending[])
      .filter(({ clientId, sessionId, content }) =>
        [clientId, sessionId, content].every((one) => typeof one === "string"),
      )
      .map((entry) => {
        const isFresh = nowMs - entry.createdAtMs < maxResumeMs && entry.state !== "failed";
        const mcpServerIds = Array.isArray(entry.mcpServerIds) ? entry.mcpServerIds : [];
        return {
          ...entry,
          mcpServerIds,
          sessionType: readChatType(entry.sessionType),
          attachments: attachmentsOf({ ext: { attachments: entry.attachments } }),
          state: !isFresh ? "failed" : entry.state === "queued" ? "queued" : "sending",
          problem: isFresh ? null : (entry.problem ?? null),
        };
      });
  } catch {
    return [];
  }
}

/**
 * True when the message is in the transcript: by its id, or, before the server's answer to the send came, because
 * the same words stand there after the place it was sent from.
 */
export function hasArrived(
  sending: Sending,
  messages: readonly { messageId: string; seq: number; role: string; content: string }[],
): boolean {
  return messages.some(
    (message) =>
      message.messageId === sending.userMessageId ||
      (message.role === "user" && message.seq > sending.afterSeq && message.content === sending.content),
  );
}

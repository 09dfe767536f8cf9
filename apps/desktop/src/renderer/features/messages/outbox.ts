import { backOffMs } from "../../api/back-off.ts";
import type { ApiClient } from "../../api/client.ts";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import type { Problem } from "../../api/problem.ts";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";

/**
 * A message on its way. sending → sent | waiting (the server did not answer; it is sent again by itself, with the
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
  createdAtMs: number;
  /** The newest message when it was sent: its own comes after. */
  afterSeq: number;
  state: "sending" | "waiting" | "sent" | "failed";
  problem: Problem | null;
  userMessageId: string | null;
};

export type Outbox = Store<readonly Sending[]> & {
  send: (
    what: Pick<Sending, "sessionId" | "isNewSession" | "content" | "llmConfigId" | "mcpServerIds" | "afterSeq">,
  ) => void;
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

/**
 * Sends messages so that each arrives once. It is kept in this browser until the server has it, also over a reload;
 * repeating is harmless because the server knows the client id.
 */
export function createOutbox({ client, random, now }: Deps): Outbox {
  const entries = createStore<readonly Sending[]>(restore(now()));

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

  async function transmit(clientId: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const entry = find(clientId);
      if (!entry) return;
      const { sessionId, content, llmConfigId } = entry;
      const mcpServerIds = [...entry.mcpServerIds];
      try {
        if (entry.isNewSession) await client.sessions.create.mutate({ sessionId, llmConfigId });
        const { userMessageId } = await client.messages.send.mutate({
          sessionId,
          content,
          clientId,
          llmConfigId,
          mcpServerIds,
        });
        change(clientId, { state: "sent", problem: null, userMessageId });
        setTimeout(() => remove(clientId), maxShownMs);
        return;
      } catch (error) {
        const problem = toProblem(error);
        if (problem.kind !== "network") return change(clientId, { state: "failed", problem });
        change(clientId, { state: "waiting", problem });
        await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, random, 500)));
      }
    }
  }

  for (const { clientId, state } of entries.get()) if (state === "sending") start(clientId);

  return {
    get: entries.get,
    subscribe: entries.subscribe,
    send(what) {
      const clientId = newId();
      const state = { state: "sending", problem: null, userMessageId: null } as const;
      entries.set([...entries.get(), { ...what, clientId, createdAtMs: now(), ...state }]);
      persist();
      start(clientId);
    },
    retry(clientId) {
      change(clientId, { state: "sending", problem: null });
      start(clientId);
    },
    remove,
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
          state: isFresh ? "sending" : "failed",
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

import { setTimeout as pause } from "node:timers/promises";
import type { AppRouter } from "@chatee/api/app-router";
import type { Failure } from "@chatee/shared/failure";
import type { SendResult } from "@chatee/shared/messages";
import type { TRPCClient } from "@trpc/client";
import { TRPCClientError } from "@trpc/client";
import type { Auditor } from "./auditor.ts";
import type { Address } from "./create-test-server.ts";
import { openClient } from "./create-test-server.ts";
import type { Witness } from "./witness.ts";

const answerMs = 2_000;
const retryMs = 100;

export type AuditedClient = AsyncDisposable & {
  client: TRPCClient<AppRouter>;
  /** Sends until it is acknowledged, always under the same client id. */
  send: (sessionId: string, content: string, clientId?: string) => Promise<SendResult>;
  /** Follows the session for as long as the client is open, whatever happens to the connection. */
  follow: (sessionId: string, name?: string) => Witness;
  /** As `follow`, from where a witness of another client stopped. */
  resume: (witness: Witness) => void;
  /** Asks again while nobody answers. */
  ask: <TResult>(question: (signal: AbortSignal) => Promise<TResult>) => Promise<TResult>;
};

/** The failure an error from the server stands for; null when there was no answer, or an answer about a bug. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof TRPCClientError)) return null;
  return (error.data as { failure?: Failure | null } | null)?.failure ?? null;
}

/** A client as it should be written: it repeats what was not answered, follows what it saw last, and tells the auditor all. */
export function openAuditedClient(options: {
  address: Address;
  auditor: Auditor;
  name: string;
  patienceMs?: number;
}): AuditedClient {
  const { auditor, name, patienceMs = 30_000 } = options;
  const opened = openClient(options.address);
  const { client } = opened;
  const closed = new AbortController();
  const subscriptions = new Set<{ unsubscribe(): void }>();
  let sends = 0;

  async function ask<TResult>(question: (signal: AbortSignal) => Promise<TResult>): Promise<TResult> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      try {
        return await question(AbortSignal.any([closed.signal, AbortSignal.timeout(answerMs)]));
      } catch (error) {
        const failure = failureOf(error);
        const isFinal = failure !== null && failure.code !== "session.busy";
        if (isFinal || closed.signal.aborted || performance.now() > deadline) throw error;
        await pause(retryMs);
      }
    }
  }

  function subscribe(witness: Witness): void {
    if (closed.signal.aborted) return;
    const again = () => {
      subscriptions.delete(subscription);
      setTimeout(() => subscribe(witness), retryMs);
    };
    const subscription = client.sessions.events.subscribe(
      { sessionId: witness.sessionId, lastEventId: witness.lastEventId() },
      { onData: ({ id, data }) => witness.see(id, data), onError: again, onComplete: again },
    );
    subscriptions.add(subscription);
  }

  return {
    client,
    ask,
    async send(sessionId, content, clientId = `${name}-${++sends}`) {
      return await ask(async (signal) => {
        auditor.sending(clientId, sessionId, content);
        const answer = await client.messages.send.mutate({ sessionId, content, clientId }, { signal });
        auditor.acknowledged(clientId, answer);
        return answer;
      });
    },
    follow(sessionId, as = name) {
      const witness = auditor.witness(as, sessionId);
      subscribe(witness);
      return witness;
    },
    resume: subscribe,
    async [Symbol.asyncDispose]() {
      closed.abort();
      for (const subscription of subscriptions) subscription.unsubscribe();
      await opened[Symbol.asyncDispose]();
    },
  };
}

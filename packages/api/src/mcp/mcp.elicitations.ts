import { elicitationResponse } from "@chatee/shared/interactions";
import type { InteractionRequest } from "@chatee/shared/interactions";
import type { Json } from "@chatee/shared/json";
import type { Interactions } from "../interactions/interactions.service.ts";
import type { Elicitation, ElicitationAnswer } from "./mcp-host.ts";

/** Where a call belongs: its turn, or nowhere when somebody made it by hand. */
export type CallScope = {
  ownerId: string;
  serverId: string;
  sessionId: string | null;
  messageId: string | null;
  runId: string | null;
  toolCallId: string | null;
  /** Aborts when whoever waits for the call's result is gone. */
  signal: AbortSignal;
  /** Stops the call's clocks while the user thinks. */
  pause: () => Disposable;
};

const lifetimeMs = 60 * 60_000;

export type Elicitations = ReturnType<typeof createElicitations>;

/** Puts what servers want to know before the user, as part of the call it belongs to. */
export function createElicitations({ interactions }: { interactions: Interactions }) {
  const calls = new Map<string, CallScope>();

  function scopeOf(ownerId: string, serverId: string, callId: string | undefined): CallScope | null {
    const named = callId === undefined ? undefined : calls.get(callId);
    if (named !== undefined) return named.ownerId === ownerId && named.serverId === serverId ? named : null;
    const [only, ...others] = [...calls.values()].filter(
      (scope) => scope.ownerId === ownerId && scope.serverId === serverId,
    );
    return only !== undefined && others.length === 0 ? only : null;
  }

  return {
    /** Questions that carry this call's id belong there, until it is disposed. */
    open(callId: string, scope: CallScope): Disposable {
      calls.set(callId, scope);
      return { [Symbol.dispose]: () => void calls.delete(callId) };
    },
    /** Whatever becomes of the question, the server gets an answer: "cancel" when nobody gave one. */
    async answer(
      ownerId: string,
      server: { serverId: string; name: string },
      question: Elicitation,
      signal: AbortSignal,
    ): Promise<ElicitationAnswer> {
      const scope = scopeOf(ownerId, server.serverId, question.callId);
      using _pause = scope?.pause();
      const { serverId, name: serverName } = server;
      const { sessionId = null, messageId = null, runId = null, toolCallId = null } = scope ?? {};
      const settled = await interactions.ask(
        { ownerId, serverId, sessionId, messageId, runId, toolCallId, lifetimeMs, ...toRequest(serverName, question) },
        signal,
        scope?.signal ?? signal,
      );
      const answer = elicitationResponse.safeParse(settled.response).data;
      if (settled.status !== "answered" || !answer) return { action: "cancel" };
      if (answer.action !== "accept") return { action: answer.action };
      return { action: "accept", ...(answer.content === undefined ? {} : { content: answer.content }) };
    },
  };
}

function toRequest(serverName: string, question: Elicitation): InteractionRequest {
  const { message } = question;
  return question.mode === "form"
    ? { kind: "elicitation_form", request: { serverName, message, schema: question.schema as Json } }
    : { kind: "elicitation_url", request: { serverName, message, url: question.url } };
}

import { AsyncLocalStorage } from "node:async_hooks";
import type { Client, ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";
import type { Deadline } from "./deadline.ts";
import { boundedDetail } from "./mcp-failure.ts";

/** A server wants something from the user (2025-06-18 client/elicitation; 2026-07-28 input-required results, SEP-2322). */
export type ElicitationRequest = {
  /** The call it belongs to, as the caller named it; undefined when the server does not let us tell. */
  callId: string | undefined;
  message: string;
} & (
  | { mode: "form"; /** A flat JSON Schema object of strings, numbers, booleans and choices. */ schema: unknown }
  | { mode: "url"; /** http(s), to be shown whole and opened only if the user agrees. */ url: string }
);

export type ElicitationAnswer =
  | { action: "accept"; content?: Readonly<Record<string, string | number | boolean | string[]>> }
  | { action: "decline" | "cancel" };

/** Resolves when the user has answered; the signal aborts when nobody waits for the answer any more. */
export type OnElicitation = (request: ElicitationRequest, signal: AbortSignal) => Promise<ElicitationAnswer>;

/** A call in flight, to which a question of the server may belong. */
export type OpenCall = { callId: string | undefined; deadline: Deadline };

export type Elicitations = {
  /** Runs one call so that questions asked on its behalf find it, and stop its clocks while the user thinks. */
  during: <T>(call: OpenCall, run: () => Promise<T>) => Promise<T>;
  /** Answers the questions of this client's server. Before `connect`. */
  attach: (client: Client) => void;
  /** Asks the user one question on behalf of a call. */
  ask: (params: ElicitRequest["params"], signal: AbortSignal, call?: OpenCall) => Promise<ElicitResult>;
};

/**
 * One door for the questions of both eras. A question that cannot be shown (a form without a handler, a url that is not
 * http(s)) is declined; more than `maxOpen` at once are cancelled; a handler that throws cancels. Whatever happens, the
 * server gets an answer.
 */
export function createElicitations(options: { onElicitation: OnElicitation; maxOpen: number }): Elicitations {
  const calls = new Set<OpenCall>();
  const current = new AsyncLocalStorage<OpenCall>();
  let openCount = 0;

  /** Over HTTP the question arrives on the call's own stream and thereby in its async context. */
  function callOf(): OpenCall | undefined {
    const own = current.getStore();
    if (own !== undefined && calls.has(own)) return own;
    const [only, ...others] = calls;
    return others.length === 0 ? only : undefined;
  }

  async function ask(
    params: ElicitRequest["params"],
    signal: AbortSignal,
    call: OpenCall | undefined = callOf(),
  ): Promise<ElicitResult> {
    const request = toRequest(params, call?.callId);
    if (request === undefined) return { action: "decline" };
    if (openCount >= options.maxOpen) return { action: "cancel" };
    openCount += 1;
    const resumes = (call === undefined ? [...calls] : [call]).map(({ deadline }) => deadline.pause());
    try {
      const answer = await options.onElicitation(request, signal);
      if (answer.action !== "accept") return { action: answer.action };
      return answer.content === undefined
        ? { action: "accept", ...(request.mode === "form" ? { content: {} } : {}) }
        : { action: "accept", content: { ...answer.content } };
    } catch {
      return { action: "cancel" };
    } finally {
      openCount -= 1;
      for (const resume of resumes) resume();
    }
  }

  return {
    async during(call, run) {
      calls.add(call);
      try {
        return await current.run(call, run);
      } finally {
        calls.delete(call);
      }
    },
    attach(client) {
      client.setRequestHandler("elicitation/create", ({ params }, { mcpReq }) => ask(params, mcpReq.signal));
    },
    ask,
  };
}

function toRequest(params: ElicitRequest["params"], callId: string | undefined): ElicitationRequest | undefined {
  const message = boundedDetail(params.message);
  if (params.mode !== "url") return { callId, message, mode: "form", schema: params.requestedSchema };
  const isWeb = URL.canParse(params.url) && /^https?:$/.test(new URL(params.url).protocol);
  return isWeb ? { callId, message, mode: "url", url: params.url } : undefined;
}

import { createHash } from "node:crypto";
import type { Services } from "@chatee/api/services";
import { createOwnTool } from "@chatee/mcp-proxy/own-server/own-tool";
import type { OwnCall, OwnResult, OwnTool } from "@chatee/mcp-proxy/own-server/own-tool";
import { DomainError, failureMessage } from "@chatee/shared/failure";
import { id } from "@chatee/shared/ids";
import { messageStatus } from "@chatee/shared/messages";
import type { Message, SendResult } from "@chatee/shared/messages";
import { z } from "zod";
import { toWire } from "../rest/wire.ts";
import { watchAnswer } from "./answer-watch.ts";
import { clip } from "./reading-tools.ts";

const defaultWaitS = 300;
const maxWaitS = 1_800;
const maxContentChars = 500_000;
const maxAnswerChars = 200_000;
/** Answers that one owner's callers may be waiting for at a time. */
const maxWaiting = 16;

const input = z.object({
  content: z
    .string()
    .max(maxContentChars)
    .refine((text) => text.trim() !== "", "must not be empty")
    .describe("What to say"),
  session_id: id.optional().describe("The session to say it in; a new one is begun without it"),
  title: z.string().trim().min(1).max(200).optional().describe("Of a new session"),
  config_id: id.optional().describe("The model configuration to ask instead of the session's"),
  client_id: id
    .optional()
    .describe("Minted by the caller: the same id again answers with the first call's answer and sends nothing"),
  wait_seconds: z
    .int()
    .min(0)
    .max(maxWaitS)
    .default(defaultWaitS)
    .describe("How long to wait for the answer; it goes on being written after that"),
});

const output = z.object({
  session_id: z.string(),
  user_message_id: z.string(),
  message_id: z.string().describe("Of the answer"),
  run_id: z.string(),
  status: messageStatus.describe("streaming: it was not finished in time; read_session shows it later"),
  answer: z.string(),
  is_clipped: z.boolean(),
});

const description = `Says something in a session, or in a new one, and waits for the model's answer. The answer is stored in
the session like any other. It is written without MCP tools. Cancelling the call stops the answer; what was written stays.`;

/**
 * Starts a turn through the same door as every screen, and waits for it. The turn is stored before anything is waited
 * for, and belongs to nobody's connection: only being called off ends it before its time.
 *
 * A chat that has this very tool could call itself for ever. It cannot: what is begun here gets no MCP tools, a session
 * that is answering refuses another message, and what one owner's callers wait for at a time is bounded.
 */
export function createSendMessageTool(
  services: Pick<Services, "sessions" | "messages">,
  problemOf: (error: unknown) => string,
): OwnTool {
  const { sessions, messages } = services;
  const waiting = new Map<string, number>();

  async function begin(ownerId: string, given: z.output<typeof input>) {
    const { content, title, config_id: llmConfigId, client_id: clientId } = given;
    const sessionId = given.session_id ?? (await newSession(ownerId, title, clientId));
    try {
      const { lastEventId } = await messages.list(ownerId, { sessionId, limit: 1 });
      const sent = await messages.send(ownerId, { sessionId, content, llmConfigId, clientId, mcpServerIds: [] });
      return { sessionId, lastEventId, sent };
    } catch (error) {
      // Nobody has seen it, and nothing is in it. One with an id that the caller minted is there for its next try.
      const isOurs = given.session_id === undefined && clientId === undefined;
      if (isOurs && error instanceof DomainError) await sessions.delete(ownerId, sessionId).catch(() => {});
      throw error;
    }
  }

  /** The same `clientId` finds the session of the first call. */
  async function newSession(ownerId: string, title: string | undefined, clientId: string | undefined): Promise<string> {
    const sessionId =
      clientId === undefined
        ? undefined
        : createHash("sha256")
            .update(JSON.stringify([ownerId, clientId]))
            .digest("hex")
            .slice(0, 32);
    return (await sessions.create(ownerId, { sessionId, title, sessionType: "memory" })).sessionId;
  }

  async function watch(call: OwnCall, begun: Awaited<ReturnType<typeof begin>>, waitS: number): Promise<void> {
    const { ownerId } = call;
    const { sessionId, lastEventId, sent } = begun;
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(waitS * 1_000)]);
    const what = { ownerId, sessionId, messageId: sent.messageId, lastEventId, signal };
    await watchAnswer(services, what, { report: call.report, elapsedMs: () => performance.now() });
    if (call.wasCancelled()) await messages.stop(ownerId, sent.messageId);
  }

  return createOwnTool({
    name: "send_message",
    title: "Send a message",
    description,
    inputSchema: input,
    outputSchema: output,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    problemOf,
    async run(given, call) {
      const { ownerId } = call;
      const others = waiting.get(ownerId) ?? 0;
      if (others >= maxWaiting) throw new DomainError({ code: "mcp.busy", retryAfterMs: null });
      waiting.set(ownerId, others + 1);
      try {
        const begun = await begin(ownerId, given);
        if (given.wait_seconds > 0) await watch(call, begun, given.wait_seconds);
        return toResult(begun.sessionId, begun.sent, await messages.get(ownerId, begun.sent.messageId));
      } finally {
        const left = (waiting.get(ownerId) ?? 1) - 1;
        if (left === 0) waiting.delete(ownerId);
        else waiting.set(ownerId, left);
      }
    },
  });
}

const words: Record<Message["status"], string> = {
  completed: "The answer is complete.",
  streaming: "The answer is still being written: read the session later.",
  failed: "The answer failed.",
  cancelled: "The answer was stopped before its end.",
  interrupted: "The answer was interrupted. It can be continued in chatee.",
};

function toResult(sessionId: string, sent: SendResult, { status, content, failure }: Message): OwnResult {
  const answer = clip(content, maxAnswerChars);
  const isClipped = answer.length < content.length;
  const said = failure === null ? words[status] : `${words[status]} ${failureMessage(failure)}`;
  const ids = `session_id: ${sessionId}, message_id: ${sent.messageId}`;
  const note = `${said}${isClipped ? " It is longer than shown here." : ""} (${ids})`;
  return {
    texts: answer === "" ? [note] : [answer, note],
    structured: toWire({ sessionId, ...sent, status, answer, isClipped }) as Record<string, unknown>,
    isError: status !== "completed" && status !== "streaming",
  };
}

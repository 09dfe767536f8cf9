import type { Services } from "@chatee/api/services";
import { createOwnTool } from "@chatee/mcp-proxy/own-server/own-tool";
import type { OwnResult, OwnTool } from "@chatee/mcp-proxy/own-server/own-tool";
import { failureMessage } from "@chatee/shared/failure";
import { id } from "@chatee/shared/ids";
import { messageRole, messageStatus, toolCallStatus } from "@chatee/shared/messages";
import type { Message } from "@chatee/shared/messages";
import type { Session } from "@chatee/shared/sessions";
import { toolCallsOf } from "@chatee/shared/transcript";
import { z } from "zod";
import { toWire } from "../rest/wire.ts";

const maxPage = 100;
const defaultClipChars = 8_000;
const maxClipChars = 200_000;

const cursor = z.string().max(200).optional().describe("next_cursor of the page before");
const count = (most: number) => z.int().min(1).max(most).default(20).describe("How many at most");
/** Temporary sessions are never listed. */
const listedTypes = z.enum(["memory", "agent", "research"]);
const instant = z.string().describe("ISO 8601, UTC");

const sessionOut = z.object({
  session_id: z.string(),
  title: z.string(),
  session_type: z.string(),
  message_count: z.int(),
  preview_text: z.string().nullable().describe("The beginning of the newest message"),
  is_answering: z.boolean().describe("Whether an answer is being written now"),
  created_at: instant,
  updated_at: instant,
});
const messageOut = z.object({
  message_id: z.string(),
  role: messageRole,
  status: messageStatus,
  content: z.string(),
  is_clipped: z.boolean().describe("Whether content was cut at max_chars"),
  model: z.string().nullable(),
  tool_calls: z.array(z.object({ name: z.string(), status: toolCallStatus })),
  problem: z.string().nullable().describe("Why the answer failed"),
  created_at: instant,
});
const hitOut = z.object({
  message_id: z.string(),
  session_id: z.string(),
  session_title: z.string(),
  role: messageRole,
  snippet: z.string(),
  score: z.number(),
  created_at: instant,
});

const readOnly = { readOnlyHint: true, openWorldHint: false };

/** Tools that change nothing. */
export function createReadingTools(
  { sessions, messages }: Pick<Services, "sessions" | "messages">,
  problemOf: (error: unknown) => string,
): OwnTool[] {
  return [
    createOwnTool({
      name: "list_sessions",
      title: "List sessions",
      description: "Lists the sessions (conversations) of this chatee, the most recently used first.",
      inputSchema: z.object({ cursor, limit: count(maxPage), session_type: listedTypes.optional() }),
      outputSchema: z.object({ sessions: z.array(sessionOut), total: z.int(), next_cursor: z.string().nullable() }),
      annotations: readOnly,
      problemOf,
      async run({ session_type: sessionType, ...page }, { ownerId }) {
        const found = await sessions.list(ownerId, { ...page, sessionType });
        return asJson({ ...found, sessions: found.sessions.map(toListed) });
      },
    }),
    createOwnTool({
      name: "read_session",
      title: "Read a session",
      description:
        "Reads the messages of a session's active branch, oldest first. The first page holds the newest messages; next_cursor leads to older ones.",
      inputSchema: z.object({
        session_id: id,
        cursor,
        limit: count(maxPage),
        max_chars: z
          .int()
          .min(100)
          .max(maxClipChars)
          .default(defaultClipChars)
          .describe("Where the text of each message is cut"),
      }),
      outputSchema: z.object({
        session: sessionOut,
        messages: z.array(messageOut),
        next_cursor: z.string().nullable(),
      }),
      annotations: readOnly,
      problemOf,
      async run({ session_id: sessionId, cursor: before, limit, max_chars: maxChars }, { ownerId }) {
        const session = await sessions.get(ownerId, sessionId);
        const page = await messages.list(ownerId, { sessionId, limit, before });
        const shown = page.messages.map((message) => toRead(message, maxChars));
        return asJson({ session: toListed(session), messages: shown, nextCursor: page.nextBefore });
      },
    }),
    createOwnTool({
      name: "search_messages",
      title: "Search messages",
      description:
        "Searches the text of all messages, or of one session, in any language; the best hits first. Two Chinese characters are enough.",
      inputSchema: z.object({
        query: z.string().trim().min(1).max(500),
        session_id: id.optional().describe("Only in this session"),
        limit: count(maxPage),
      }),
      outputSchema: z.object({ hits: z.array(hitOut) }),
      annotations: readOnly,
      problemOf,
      async run({ session_id: sessionId, query, limit }, { ownerId }) {
        if (sessionId !== undefined) await sessions.get(ownerId, sessionId);
        return asJson({ hits: await messages.search(ownerId, { query, limit, sessionId }) });
      },
    }),
  ];
}

function toListed({ sessionId, title, sessionType, messageCount, previewText, ...session }: Session): object {
  const { activeRunId, createdAtMs, updatedAtMs } = session;
  const isAnswering = activeRunId !== null;
  return { sessionId, title, sessionType, messageCount, previewText, isAnswering, createdAtMs, updatedAtMs };
}

function toRead(message: Message, maxChars: number): object {
  const { messageId, role, status, content, model, failure, createdAtMs } = message;
  return {
    messageId,
    role,
    status,
    content: clip(content, maxChars),
    isClipped: content.length > maxChars,
    model,
    // `toolCalls` would travel as the user's own JSON.
    tool_calls: toolCallsOf(message).map((call) => ({ name: call.name, status: call.status })),
    problem: failure === null ? null : failureMessage(failure),
    createdAtMs,
  };
}

/** Cuts no character in half. */
export function clip(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  return text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, "");
}

function asJson(answer: object): OwnResult {
  const structured = toWire(answer) as Record<string, unknown>;
  return { texts: [JSON.stringify(structured)], structured };
}

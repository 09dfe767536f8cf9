import { createSession, listSessions, sessionRef, sessionType, updateSession } from "@chatee/shared/sessions";
import { id } from "@chatee/shared/ids";
import { z } from "zod";
import { execution } from "./executions.ts";
import {
  flagInQuery,
  freeForm,
  instant,
  maybeInstant,
  mediaBodyBytes,
  numberInQuery,
  route,
  success,
} from "./route.ts";

const session = z
  .strictObject({
    sessionId: z.string(),
    title: z.string(),
    name: z.string().nullable(),
    sessionType,
    llmConfigId: z.string().nullable(),
    avatar: z.string().nullable(),
    systemPrompt: z.string().nullable(),
    ext: freeForm,
    mediaOutputPath: z.string().nullable(),
    roleId: z.string().nullable(),
    roleVersionId: z.string().nullable(),
    currentRoleVersionId: z.string().nullable(),
    messageCount: z.int(),
    previewText: z.string().nullable(),
    lastMessageAtMs: maybeInstant,
    pinnedAtMs: maybeInstant,
    activeRunId: z.string().nullable(),
    accToken: z.int(),
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "Session" });
const summary = z
  .strictObject({
    summaryId: z.string(),
    sessionId: z.string(),
    summaryContent: z.string(),
    lastMessageId: z.string(),
    tokenCountBefore: z.int(),
    tokenCountAfter: z.int(),
    createdAtMs: instant,
  })
  .meta({ id: "Summary" });

const fields = updateSession.omit({ sessionId: true });
type SessionFields = z.output<typeof fields>;
/** The most that one answer holds: earlier clients never follow the cursor. */
const maxListed = 300;
const sessionPath = "/api/sessions/:session_id";

/** `PUT …/name` and its like: exactly one field, which must be there. */
function fieldRoute(name: string, summaryText: string, body: z.ZodType<SessionFields>, bodyBytes?: number) {
  return route({
    method: "PUT",
    path: `${sessionPath}/${name}`,
    summary: summaryText,
    procedures: ["sessions.update"],
    params: sessionRef,
    body,
    answer: session,
    bodyBytes,
    run: ({ call, params, body: field }) => call.sessions.update({ ...field, ...params }),
  });
}

export const sessionRoutes = [
  route({
    method: "GET",
    path: "/api/sessions",
    summary: "Sessions, newest activity first; temporary ones are not listed",
    procedures: ["sessions.list"],
    query: z.object({
      limit: numberInQuery.pipe(z.int().min(1).max(maxListed)).default(maxListed),
      cursor: listSessions.shape.cursor.unwrap().unwrap().optional(),
      sessionType: sessionType.optional(),
      pinned: flagInQuery.optional(),
      query: listSessions.shape.query,
    }),
    answer: z.strictObject({ sessions: z.array(session), total: z.int(), nextCursor: z.string().nullable() }),
    run: ({ call, query }) => call.sessions.list(query),
  }),
  route({
    method: "POST",
    path: "/api/sessions",
    summary: "Begin a session",
    procedures: ["sessions.create"],
    body: createSession,
    answer: session,
    status: 201,
    otherStatuses: [409],
    bodyBytes: mediaBodyBytes,
    run: ({ call, body }) => call.sessions.create(body),
  }),
  route({
    method: "GET",
    path: sessionPath,
    summary: "One session",
    procedures: ["sessions.get"],
    params: sessionRef,
    answer: session,
    run: ({ call, params }) => call.sessions.get(params),
  }),
  route({
    method: "PUT",
    path: sessionPath,
    summary: "Change a session; what is absent stays, null clears",
    procedures: ["sessions.update"],
    params: sessionRef,
    body: fields,
    answer: session,
    bodyBytes: mediaBodyBytes,
    run: ({ call, params, body }) => call.sessions.update({ ...body, ...params }),
  }),
  route({
    method: "DELETE",
    path: sessionPath,
    summary: "Remove a session with its messages",
    procedures: ["sessions.delete"],
    params: sessionRef,
    answer: success,
    run: ({ call, params }) => call.sessions.delete(params),
  }),
  fieldRoute("name", "Name a session", fields.pick({ name: true }).required()),
  fieldRoute("avatar", "Give a session a face", fields.pick({ avatar: true }).required(), mediaBodyBytes),
  fieldRoute("system-prompt", "Set what the model is told first", fields.pick({ systemPrompt: true }).required()),
  fieldRoute("media-output-path", "Set where media go", fields.pick({ mediaOutputPath: true }).required()),
  fieldRoute("llm-config", "Choose the session's model", fields.pick({ llmConfigId: true }).required()),
  route({
    method: "PUT",
    path: `${sessionPath}/upgrade-to-agent`,
    summary: "Make the session an agent",
    procedures: ["sessions.update"],
    params: sessionRef,
    body: fields.omit({ sessionType: true }),
    answer: session,
    bodyBytes: mediaBodyBytes,
    run: ({ call, params, body }) => call.sessions.update({ ...body, ...params, sessionType: "agent" }),
  }),
  route({
    method: "POST",
    path: `${sessionPath}/summarize`,
    summary: "Have the session's model sum up what no summary covers yet",
    procedures: ["sessions.summarize"],
    params: sessionRef,
    body: z.object({ llmConfigId: id.nullish() }),
    answer: summary,
    otherStatuses: [422, 429, 502, 504],
    run: ({ call, params, body }) => call.sessions.summarize({ ...body, ...params }),
  }),
  route({
    method: "GET",
    path: `${sessionPath}/summaries`,
    summary: "The session's summaries, oldest first",
    procedures: ["sessions.summaries"],
    params: sessionRef,
    answer: z.strictObject({ summaries: z.array(summary) }),
    run: ({ call, params }) => call.sessions.summaries(params),
  }),
  route({
    method: "DELETE",
    path: `${sessionPath}/summaries/cache`,
    summary: "Forget the summaries; the messages stay",
    procedures: ["sessions.clearSummaries"],
    params: sessionRef,
    answer: success,
    run: ({ call, params }) => call.sessions.clearSummaries(params),
  }),
  route({
    method: "GET",
    path: `${sessionPath}/executions`,
    summary: "Every time a component of the session was run, newest first",
    procedures: ["messages.executions"],
    params: sessionRef,
    answer: z.array(execution),
    run: ({ call, params }) => call.messages.executions(params),
  }),
];

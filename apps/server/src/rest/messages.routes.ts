import {
  createMessage,
  executeMessage,
  listMessagePage,
  listMessages,
  messageRef,
  messageRole,
  messageStatus,
  updateMessage,
} from "@chatee/shared/messages";
import type { Message } from "@chatee/shared/messages";
import { sessionRef } from "@chatee/shared/sessions";
import { z } from "zod";
import { execution } from "./executions.ts";
import { flagInQuery, freeForm, instant, mediaBodyBytes, numberInQuery, route, success } from "./route.ts";

const maybeText = z.string().nullable();
const message = z
  .strictObject({
    messageId: z.string(),
    sessionId: z.string(),
    parentId: maybeText,
    seq: z.int(),
    role: messageRole,
    status: messageStatus,
    content: z.string(),
    thinking: maybeText,
    toolCalls: freeForm,
    tokenCount: z.int().nullable(),
    tokenCountEstimated: z.boolean(),
    accToken: z.int().nullable(),
    ext: freeForm,
    mcpdetail: freeForm,
    model: maybeText,
    llmConfigId: maybeText,
    runId: maybeText,
    failure: z.looseObject({ code: z.string() }).nullable(),
    siblingIds: z.array(z.string()).nullable(),
    toolType: freeForm,
    workflowId: freeForm,
    workflowName: freeForm,
    workflowStatus: freeForm,
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "Message" });
type Answer = z.input<typeof message>;

/** What earlier clients say about a tool's message beside it; it is kept in `ext`. */
const componentFields = {
  toolType: z.string().max(200).nullish(),
  workflowId: z.string().max(200).nullish(),
  workflowName: z.string().max(200).nullish(),
  workflowStatus: z.string().max(200).nullish(),
};
const newMessage = createMessage.omit({ sessionId: true }).extend(componentFields);
const changedMessage = updateMessage.omit({ messageId: true }).extend(componentFields);

type ComponentFields = z.output<z.ZodObject<typeof componentFields>>;

/** Takes the fields that have their place in `ext` out of the others; null when none was sent. */
function splitComponent<TInput extends ComponentFields>(input: TInput) {
  const { toolType, workflowId, workflowName, workflowStatus, ...rest } = input;
  const sent = Object.entries({ toolType, workflowId, workflowName, workflowStatus }).filter(
    ([, value]) => value != null,
  );
  return { rest, component: sent.length > 0 ? (Object.fromEntries(sent) as Record<string, string>) : null };
}

function toAnswer(of: Message): Answer {
  const { siblingIds = null, ext } = of;
  return {
    ...of,
    siblingIds,
    toolType: ext?.["toolType"] ?? null,
    workflowId: ext?.["workflowId"] ?? null,
    workflowName: ext?.["workflowName"] ?? null,
    workflowStatus: ext?.["workflowStatus"] ?? null,
  };
}

/** Without what may be large beside the text; `GET /api/messages/:message_id` has it. */
function toLightAnswer(of: Message): Answer {
  return { ...toAnswer(of), thinking: null, toolCalls: null, ext: null, mcpdetail: null };
}

const sessionPath = "/api/sessions/:session_id";
const messagePath = "/api/messages/:message_id";

export const messageRoutes = [
  route({
    method: "GET",
    path: `${sessionPath}/messages`,
    summary:
      "Messages, oldest first inside a page: by cursor (limit, before) or, with page or page_size, by number, page 1 being the newest",
    procedures: ["messages.list", "messages.page", "sessions.get"],
    params: sessionRef,
    query: z.object({
      limit: numberInQuery.pipe(listMessages.shape.limit.unwrap()).optional(),
      before: listMessages.shape.before.unwrap().unwrap().optional(),
      page: numberInQuery.pipe(listMessagePage.shape.page.unwrap()).optional(),
      pageSize: numberInQuery.pipe(listMessagePage.shape.pageSize.unwrap()).optional(),
      lightweight: flagInQuery.default(false),
    }),
    answer: z.union([
      z.strictObject({
        messages: z.array(message),
        hasMore: z.boolean(),
        nextBefore: z.string().nullable(),
        total: z.int(),
      }),
      z.strictObject({
        messages: z.array(message),
        total: z.int(),
        page: z.int(),
        pageSize: z.int(),
        totalPages: z.int(),
      }),
    ]),
    run: async ({ call, params, query }) => {
      const toShown = query.lightweight ? toLightAnswer : toAnswer;
      if (query.page !== undefined || query.pageSize !== undefined) {
        const { messages, ...page } = await call.messages.page({
          ...params,
          page: query.page,
          pageSize: query.pageSize,
        });
        return { messages: messages.map(toShown), ...page };
      }
      const { messageCount } = await call.sessions.get(params);
      const page = await call.messages.list({ ...params, limit: query.limit, before: query.before });
      const { messages, hasMore, nextBefore } = page;
      return { messages: messages.map(toShown), hasMore, nextBefore, total: messageCount };
    },
  }),
  route({
    method: "POST",
    path: `${sessionPath}/messages`,
    summary:
      "Save one message as given, without calling a model; the same message_id again answers with the stored one",
    procedures: ["messages.create"],
    params: sessionRef,
    body: newMessage,
    answer: message,
    status: 201,
    otherStatuses: [409],
    bodyBytes: mediaBodyBytes,
    run: async ({ call, params, body }) => {
      const { rest, component } = splitComponent(body);
      const ext = component ? { ...rest.ext, ...component } : rest.ext;
      return toAnswer(await call.messages.create({ ...rest, ...params, ext }));
    },
  }),
  route({
    method: "DELETE",
    path: `${sessionPath}/messages/:message_id`,
    summary: "Remove one message; what hung on it hangs on the one before",
    procedures: ["messages.delete"],
    params: sessionRef.extend(messageRef.shape),
    answer: success,
    otherStatuses: [409],
    run: ({ call, params }) => call.messages.delete(params),
  }),
  route({
    method: "GET",
    path: messagePath,
    summary: "One message",
    procedures: ["messages.get"],
    params: messageRef,
    answer: message,
    run: async ({ call, params }) => toAnswer(await call.messages.get(params)),
  }),
  route({
    method: "PUT",
    path: messagePath,
    summary: "Change a message in place",
    procedures: ["messages.get", "messages.update"],
    params: messageRef,
    body: changedMessage,
    answer: message,
    otherStatuses: [409],
    bodyBytes: mediaBodyBytes,
    run: async ({ call, params, body }) => {
      const { rest, component } = splitComponent(body);
      if (!component) return toAnswer(await call.messages.update({ ...rest, ...params }));
      const known = rest.ext === undefined ? (await call.messages.get(params)).ext : rest.ext;
      return toAnswer(await call.messages.update({ ...rest, ...params, ext: { ...known, ...component } }));
    },
  }),
  route({
    method: "DELETE",
    path: messagePath,
    summary: "Remove one message",
    procedures: ["messages.delete"],
    params: messageRef,
    answer: success,
    otherStatuses: [409],
    run: ({ call, params }) => call.messages.delete(params),
  }),
  route({
    method: "POST",
    path: `${messagePath}/execute`,
    summary: "Run the component that the message carries",
    procedures: ["messages.execute"],
    params: messageRef,
    body: executeMessage.omit({ messageId: true }),
    answer: execution,
    otherStatuses: [422],
    run: ({ call, params, body }) => call.messages.execute({ ...body, ...params }),
  }),
  route({
    method: "GET",
    path: `${messagePath}/execution`,
    summary: "The latest run of the message's component",
    procedures: ["messages.execution"],
    params: messageRef,
    answer: execution,
    run: ({ call, params }) => call.messages.execution(params),
  }),
];

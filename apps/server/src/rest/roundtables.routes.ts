import {
  addParticipant,
  createRoundTable,
  createRoundTableMessage,
  createRoundTableResponse,
  listRoundTableMessages,
  participantRef,
  roundTableRef,
  roundTableResponseRef,
  roundTableStatus,
  senderType,
  updateParticipant,
  updateRoundTable,
} from "@chatee/shared/roundtables";
import { z } from "zod";
import { freeForm, instant, mediaBodyBytes, numberInQuery, route, success } from "./route.ts";

const roundTable = z
  .strictObject({
    roundTableId: z.string(),
    name: z.string(),
    status: roundTableStatus,
    participantCount: z.int(),
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "RoundTable" });
const participant = z
  .strictObject({
    sessionId: z.string(),
    name: z.string(),
    avatar: z.string().nullable(),
    joinedAtMs: instant,
    llmConfigId: z.string().nullable(),
    systemPrompt: z.string().nullable(),
    mediaOutputPath: z.string().nullable(),
    customLlmConfigId: z.string().nullable(),
    customSystemPrompt: z.string().nullable(),
  })
  .meta({ id: "Participant" });
const detail = roundTable.extend({ participants: z.array(participant) }).meta({ id: "RoundTableDetail" });
const response = z
  .strictObject({
    responseId: z.string(),
    messageId: z.string(),
    agentId: z.string(),
    agentName: z.string().nullable(),
    agentAvatar: z.string().nullable(),
    content: z.string(),
    thinking: z.string().nullable(),
    toolCalls: freeForm,
    isSelected: z.boolean(),
    createdAtMs: instant,
  })
  .meta({ id: "RoundTableResponse" });
const message = z
  .strictObject({
    messageId: z.string(),
    roundTableId: z.string(),
    senderType,
    senderAgentId: z.string().nullable(),
    agentName: z.string().nullable(),
    agentAvatar: z.string().nullable(),
    content: z.string(),
    mentions: freeForm,
    isRaiseHand: z.boolean(),
    media: freeForm,
    replyToMessageId: z.string().nullable(),
    responses: z.array(response),
    createdAtMs: instant,
  })
  .meta({ id: "RoundTableMessage" });

/** Both spellings of the path are served. */
function at(rest = "") {
  return { path: `/api/roundtables${rest}`, aliases: [`/api/round-tables${rest}`] };
}

export const roundTableRoutes = [
  route({
    method: "GET",
    ...at(),
    summary: "All round tables, last active first",
    procedures: ["roundtables.list"],
    answer: z.strictObject({ roundTables: z.array(roundTable), total: z.int() }),
    run: ({ call }) => call.roundtables.list(),
  }),
  route({
    method: "POST",
    ...at(),
    summary: "Set up a round table",
    procedures: ["roundtables.create"],
    body: createRoundTable,
    answer: roundTable,
    status: 201,
    otherStatuses: [409],
    run: ({ call, body }) => call.roundtables.create(body),
  }),
  route({
    method: "GET",
    ...at("/:round_table_id"),
    summary: "A round table with its participants",
    procedures: ["roundtables.get"],
    params: roundTableRef,
    answer: detail,
    run: ({ call, params }) => call.roundtables.get(params),
  }),
  route({
    method: "PUT",
    ...at("/:round_table_id"),
    summary: "Rename, close or reopen a round table",
    procedures: ["roundtables.update"],
    params: roundTableRef,
    body: updateRoundTable.omit({ roundTableId: true }),
    answer: roundTable,
    run: ({ call, params, body }) => call.roundtables.update({ ...body, ...params }),
  }),
  route({
    method: "DELETE",
    ...at("/:round_table_id"),
    summary: "Remove a round table with what was said at it",
    procedures: ["roundtables.delete"],
    params: roundTableRef,
    answer: success,
    run: ({ call, params }) => call.roundtables.delete(params),
  }),
  route({
    method: "POST",
    ...at("/:round_table_id/participants"),
    summary: "Seat a session at the table",
    procedures: ["roundtables.addParticipant"],
    params: roundTableRef,
    body: addParticipant.omit({ roundTableId: true }),
    answer: z.strictObject({ participant }),
    otherStatuses: [409],
    run: ({ call, params, body }) => call.roundtables.addParticipant({ ...body, ...params }),
  }),
  route({
    method: "PUT",
    ...at("/:round_table_id/participants/:session_id"),
    summary: "Change what a participant uses at the table; null falls back to its session's own",
    procedures: ["roundtables.updateParticipant"],
    params: participantRef,
    body: updateParticipant.omit({ roundTableId: true, sessionId: true }),
    answer: z.strictObject({ participant }),
    run: ({ call, params, body }) => call.roundtables.updateParticipant({ ...body, ...params }),
  }),
  route({
    method: "DELETE",
    ...at("/:round_table_id/participants/:session_id"),
    summary: "Let a participant leave; what it said stays",
    procedures: ["roundtables.removeParticipant"],
    params: participantRef,
    answer: success,
    run: ({ call, params }) => call.roundtables.removeParticipant(params),
  }),
  route({
    method: "GET",
    ...at("/:round_table_id/messages"),
    summary: "What was said, with the responses to it; page 1 is the oldest",
    procedures: ["roundtables.messages"],
    params: roundTableRef,
    query: z.object({
      page: numberInQuery.pipe(listRoundTableMessages.shape.page.unwrap()).optional(),
      pageSize: numberInQuery.pipe(listRoundTableMessages.shape.pageSize.unwrap()).optional(),
    }),
    answer: z.strictObject({
      messages: z.array(message),
      total: z.int(),
      page: z.int(),
      pageSize: z.int(),
      totalPages: z.int(),
    }),
    run: ({ call, params, query }) => call.roundtables.messages({ ...query, ...params }),
  }),
  route({
    method: "POST",
    ...at("/:round_table_id/messages"),
    summary: "Save a message as given; the same message_id again answers with the stored one",
    procedures: ["roundtables.send"],
    params: roundTableRef,
    body: createRoundTableMessage.omit({ roundTableId: true }),
    answer: message,
    status: 201,
    otherStatuses: [409],
    bodyBytes: mediaBodyBytes,
    run: ({ call, params, body }) => call.roundtables.send({ ...body, ...params }),
  }),
  route({
    method: "POST",
    ...at("/:round_table_id/messages/:message_id/responses"),
    summary: "Save a participant's response as given",
    procedures: ["roundtables.respond"],
    params: roundTableRef.extend({ messageId: createRoundTableResponse.shape.messageId }),
    body: createRoundTableResponse.omit({ roundTableId: true, messageId: true }),
    answer: response,
    status: 201,
    bodyBytes: mediaBodyBytes,
    run: ({ call, params, body }) => call.roundtables.respond({ ...body, ...params }),
  }),
  route({
    method: "PUT",
    ...at("/:round_table_id/responses/:response_id/select"),
    summary: "Make it the one selected response of its message",
    procedures: ["roundtables.select"],
    params: roundTableResponseRef,
    answer: response,
    run: ({ call, params }) => call.roundtables.select(params),
  }),
];

import { z } from "zod";
import { id } from "./ids.ts";
import { json } from "./json.ts";
import type { Json } from "./json.ts";

/** active ⇄ closed. */
export const roundTableStatus = z.enum(["active", "closed"]);

const name = z.string().trim().min(1).max(200);
export const roundTableRef = z.object({ roundTableId: id });
export const createRoundTable = z.object({ roundTableId: id.optional(), name });
export type CreateRoundTable = z.infer<typeof createRoundTable>;
export const updateRoundTable = roundTableRef.extend({ name: name.optional(), status: roundTableStatus.optional() });
export type UpdateRoundTable = z.infer<typeof updateRoundTable>;
export const participantRef = roundTableRef.extend({ sessionId: id });
const seatFields = { customLlmConfigId: id.nullish(), customSystemPrompt: z.string().max(200_000).nullish() };
export const addParticipant = participantRef.extend(seatFields);
export type AddParticipant = z.infer<typeof addParticipant>;
/** What is absent stays, null clears. */
export const updateParticipant = participantRef.extend(seatFields);
export type UpdateParticipant = z.infer<typeof updateParticipant>;

export type RoundTable = {
  roundTableId: string;
  name: string;
  status: z.infer<typeof roundTableStatus>;
  participantCount: number;
  createdAtMs: number;
  updatedAtMs: number;
};
/** A session that sits at the table; `llmConfigId` and `systemPrompt` are what it uses there. */
export type Participant = {
  sessionId: string;
  name: string;
  avatar: string | null;
  joinedAtMs: number;
  llmConfigId: string | null;
  systemPrompt: string | null;
  mediaOutputPath: string | null;
  customLlmConfigId: string | null;
  customSystemPrompt: string | null;
};
export type RoundTableDetail = RoundTable & { participants: Participant[] };

export const senderType = z.enum(["user", "agent", "system"]);
export const listRoundTableMessages = roundTableRef.extend({
  /** Page 1 is the oldest. */
  page: z.int().min(1).max(1_000_000).default(1),
  pageSize: z.int().min(1).max(200).default(50),
});
export const createRoundTableMessage = roundTableRef.extend({
  messageId: id.optional(),
  senderType: senderType.default("user"),
  senderAgentId: id.nullish(),
  content: z.string().max(4_000_000),
  mentions: json.optional(),
  isRaiseHand: z.boolean().default(false),
  media: json.optional(),
  replyToMessageId: id.nullish(),
});
export const createRoundTableResponse = z.object({
  roundTableId: id,
  messageId: id,
  responseId: id.optional(),
  agentId: id,
  content: z.string().max(4_000_000),
  thinking: z.string().max(4_000_000).nullish(),
  toolCalls: json.optional(),
});
export type ListRoundTableMessages = z.infer<typeof listRoundTableMessages>;
export type CreateRoundTableMessage = z.infer<typeof createRoundTableMessage>;
export type CreateRoundTableResponse = z.infer<typeof createRoundTableResponse>;
export const roundTableResponseRef = roundTableRef.extend({ responseId: id });

export type RoundTableResponse = {
  responseId: string;
  messageId: string;
  agentId: string;
  agentName: string | null;
  /** Null when it is larger than 64 KiB: take it from the participant then. */
  agentAvatar: string | null;
  content: string;
  thinking: string | null;
  toolCalls: Json;
  isSelected: boolean;
  createdAtMs: number;
};
export type RoundTableMessage = {
  messageId: string;
  roundTableId: string;
  senderType: z.infer<typeof senderType>;
  senderAgentId: string | null;
  agentName: string | null;
  /** Null when it is larger than 64 KiB: take it from the participant then. */
  agentAvatar: string | null;
  content: string;
  mentions: Json;
  isRaiseHand: boolean;
  media: Json;
  replyToMessageId: string | null;
  responses: RoundTableResponse[];
  createdAtMs: number;
};

export type RoundTableMessagePage = {
  messages: RoundTableMessage[];
  total: number;
  page: number;
  pageSize: number;
  totalPages: number;
};

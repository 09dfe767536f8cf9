import { z } from "zod";
import type { Failure } from "./failure.ts";
import { maxAttachments } from "./attachments.ts";
import { id } from "./ids.ts";
import { json, jsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { toolBlock } from "./mcp.ts";

export const messageRoles = ["user", "assistant", "system", "tool"] as const;
export const messageRole = z.enum(messageRoles);
export type MessageRole = z.infer<typeof messageRole>;

/**
 * streaming → completed | failed | cancelled | interrupted. A message saved as given is `completed`.
 * `cancelled` was stopped by a person, `interrupted` by a crash or shutdown; both keep their text.
 */
export const messageStatuses = ["streaming", "completed", "failed", "cancelled", "interrupted"] as const;
export const messageStatus = z.enum(messageStatuses);
export type MessageStatus = z.infer<typeof messageStatus>;

/** `unknown`: the call had started when its process died, so it may or may not have taken effect. */
export const toolCallStatus = z.enum(["waiting", "running", "done", "error", "denied", "unknown"]);

/** As the tool counts: `progress` grows, to `total` where that is known. */
export const toolProgress = z.object({
  progress: z.number(),
  total: z.number().optional(),
  message: z.string().optional(),
});
export type ToolProgress = z.infer<typeof toolProgress>;

/** One tool call of an assistant message, recorded before it runs and settled after. */
export const toolCall = z.object({
  toolCallId: z.string(),
  name: z.string(),
  /** What the model wrote, parsed; its raw text when it does not parse. */
  arguments: json,
  status: toolCallStatus,
  result: z.string().nullable(),
  /** The model step that asked for it, from 0. */
  step: z.int(),
  /** Where in `content` and `thinking` the call stands, in UTF-16 units. */
  contentOffset: z.int(),
  thinkingOffset: z.int(),
  startedAtMs: z.int().nullable(),
  finishedAtMs: z.int().nullable(),
  /** The MCP server that the tool is one of, as it was called then, and the server's own name of the tool. */
  serverId: z.string().optional(),
  serverName: z.string().optional(),
  toolName: z.string().optional(),
  /** The answer in its parts; `result` is what of it the model read. Large parts are left out, which is said in a text. */
  blocks: z.array(toolBlock).optional(),
  /** How far it was when last heard of. */
  progress: toolProgress.optional(),
});
export type ToolCall = z.infer<typeof toolCall>;

export type Message = {
  messageId: string;
  sessionId: string;
  /** The message before this one on its branch. */
  parentId: string | null;
  /** Position in the session, unique and never reused; a child's is above its parent's. */
  seq: number;
  role: MessageRole;
  status: MessageStatus;
  content: string;
  thinking: string | null;
  /** Ours are `ToolCall[]`; old clients store what they like. */
  toolCalls: Json;
  tokenCount: number | null;
  /** True when a provider did not report `tokenCount` or `accToken`, and chatee estimated. */
  tokenCountEstimated: boolean;
  /** Tokens of the conversation up to and including this message, as a model gets to see it; null when unknown. */
  accToken: number | null;
  ext: z.infer<typeof jsonObject> | null;
  mcpdetail: Json;
  model: string | null;
  llmConfigId: string | null;
  runId: string | null;
  failure: Failure | null;
  createdAtMs: number;
  updatedAtMs: number;
  /** Ids of all messages with the same parent, oldest first; absent when it is alone. */
  siblingIds?: string[];
};

export type MessagePage = {
  /** Oldest first. */
  messages: Message[];
  hasMore: boolean;
  /** Pass as `before` for the page of older messages. */
  nextBefore: string | null;
  /** Pass as `lastEventId` to `sessions.events`: the page holds every change up to it. */
  lastEventId: string;
};

export const messageRef = z.object({ messageId: id });
const content = z.string().max(4_000_000);
const clientId = id;

function saysSomething(said: { content: string; fileIds?: string[] | undefined }): boolean {
  return said.content.trim() !== "" || (said.fileIds?.length ?? 0) > 0;
}

export const listMessages = z.object({
  sessionId: id,
  limit: z.int().min(1).max(200).default(50),
  before: z.string().max(200).nullish(),
});
export type ListMessages = z.infer<typeof listMessages>;

/** Pages by number, for readers that jump: page 1 is the newest, and inside a page the oldest message comes first. */
export const listMessagePage = z.object({
  sessionId: id,
  page: z.int().min(1).max(1_000_000).default(1),
  pageSize: z.int().min(1).max(200).default(50),
});
export type ListMessagePage = z.infer<typeof listMessagePage>;
export type NumberedMessagePage = {
  messages: Message[];
  /** Messages on the active branch. */
  total: number;
  page: number;
  pageSize: number;
  totalPages: number;
};

const fileIds = z.array(id).max(maxAttachments);

export const sendMessage = z
  .object({
    sessionId: id,
    /** May be empty where files say it. */
    content,
    /** What is attached, each once. */
    fileIds: fileIds.optional(),
    /** Minted by the sender; the same id again answers with the first send's ids and does nothing. */
    clientId: clientId.optional(),
    llmConfigId: id.nullish(),
    mcpServerIds: z.array(id).max(50).optional(),
  })
  .refine(saysSomething, { path: ["content"], error: "must not be empty" });
export type SendMessage = z.infer<typeof sendMessage>;
export type SendResult = { userMessageId: string; messageId: string; runId: string };
export type AnswerResult = { messageId: string; runId: string };

export const answerRef = messageRef.extend({
  clientId: clientId.optional(),
  llmConfigId: id.nullish(),
  /** Absent: those of the turn that is repeated. */
  mcpServerIds: z.array(id).max(50).optional(),
});
export type AnswerRef = z.infer<typeof answerRef>;

/** Saves a message as given, without calling a model: below `parentId`, else at the end of the active branch. */
export const createMessage = z.object({
  sessionId: id,
  messageId: id.optional(),
  parentId: id.nullish(),
  role: messageRole,
  content: content.nullish().transform((text) => text ?? ""),
  thinking: content.nullish(),
  toolCalls: json.optional(),
  tokenCount: z.int().min(0).nullish(),
  accToken: z.int().min(0).nullish(),
  model: z.string().max(200).nullish(),
  ext: jsonObject.nullish(),
  mcpdetail: json.optional(),
});
export type CreateMessage = z.infer<typeof createMessage>;

/** Changes a message in place; other `content` keeps the old text as a sibling that is not on the active branch. */
export const updateMessage = messageRef.extend({
  content: content.optional(),
  thinking: content.nullish(),
  toolCalls: json.optional(),
  ext: jsonObject.nullish(),
  mcpdetail: json.optional(),
  tokenCount: z.int().min(0).nullish(),
  accToken: z.int().min(0).nullish(),
});
export type UpdateMessage = z.infer<typeof updateMessage>;

/** Replaces a user message by a sibling with other text and has the model answer it. */
export const editMessage = answerRef
  .extend({
    content,
    /** Absent: the files stay. */
    fileIds: fileIds.optional(),
  })
  .refine(saysSomething, { path: ["content"], error: "must not be empty" });
export type EditMessage = z.infer<typeof editMessage>;

export const searchMessages = z.object({
  query: z.string().trim().min(1).max(500),
  sessionId: id.optional(),
  limit: z.int().min(1).max(100).default(20),
});
export type SearchMessages = z.infer<typeof searchMessages>;
export type SearchHit = {
  messageId: string;
  sessionId: string;
  sessionTitle: string;
  role: MessageRole;
  /** Up to 200 characters around the first match. */
  snippet: string;
  score: number;
  createdAtMs: number;
};

export const executionStatus = z.enum(["pending", "running", "completed", "error"]);
export type Execution = {
  executionId: string;
  messageId: string;
  sessionId: string;
  componentType: "mcp" | "workflow";
  componentId: string;
  componentName: string | null;
  llmConfigId: string | null;
  input: Json;
  result: string | null;
  rawResult: Json;
  logs: Json;
  status: z.infer<typeof executionStatus>;
  errorMessage: string | null;
  createdAtMs: number;
  updatedAtMs: number;
};
export const executeMessage = messageRef.extend({ llmConfigId: id.nullish(), input: json.optional() });

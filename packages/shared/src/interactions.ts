import { z } from "zod";
import { id } from "./ids.ts";
import type { Json } from "./json.ts";
import type { ToolChange } from "./mcp.ts";

/** open → answered (by the owner) | expired (nobody waits any more: stopped, restarted, too late). */
export const interactionStatus = z.enum(["open", "answered", "expired"]);
export type InteractionStatus = z.infer<typeof interactionStatus>;

export const interactionKind = z.enum(["approval", "elicitation_form", "elicitation_url"]);
export type InteractionKind = z.infer<typeof interactionKind>;

/** Whether a tool may be called with exactly these arguments. */
export type ApprovalQuestion = {
  serverName: string;
  /** As its server calls it. */
  toolName: string;
  title: string | null;
  description: string | null;
  arguments: Json;
  /** `always`: the owner wants to be asked each time. `first`: never allowed so far. `changed`: not what was allowed. */
  reason: "always" | "first" | "changed";
  /** What is approved, should it be remembered. */
  hash: string;
  /** Against what was allowed. */
  changes: ToolChange[];
  /** Where in the definition characters were that nobody sees. */
  hiddenIn: string[];
  /** The server's own claim. */
  readOnlyHint: boolean;
};
/** A server wants to know something: a flat JSON Schema object of strings, numbers, booleans and choices. */
export type FormQuestion = { serverName: string; message: string; schema: Json };
/** A server wants a page opened: http(s), to be shown whole and opened only if the user agrees. */
export type UrlQuestion = { serverName: string; message: string; url: string };

export type InteractionRequest =
  | { kind: "approval"; request: ApprovalQuestion }
  | { kind: "elicitation_form"; request: FormQuestion }
  | { kind: "elicitation_url"; request: UrlQuestion };

export const approvalResponse = z.object({
  decision: z.enum(["allow", "deny"]),
  /** Whether an `allow` holds for the tool as it is defined now, or for this call alone. */
  remember: z.boolean().default(true),
});
export type ApprovalResponse = z.infer<typeof approvalResponse>;

const formValue = z.union([
  z.string().max(100_000),
  z.number(),
  z.boolean(),
  z.array(z.string().max(10_000)).max(1_000),
]);
export const elicitationResponse = z.union([
  z.object({ action: z.literal("accept"), content: z.record(z.string(), formValue).optional() }),
  z.object({ action: z.enum(["decline", "cancel"]) }),
]);
export type ElicitationResponse = z.infer<typeof elicitationResponse>;

/** A question to the owner that waits for an answer, from whichever screen. */
export type Interaction = {
  interactionId: string;
  /** Null when it came up outside a session. */
  sessionId: string | null;
  messageId: string | null;
  toolCallId: string | null;
  serverId: string | null;
  response: Json;
  status: InteractionStatus;
  createdAtMs: number;
  answeredAtMs: number | null;
  /** From then on nobody waits. */
  expiresAtMs: number;
} & InteractionRequest;

/** Without `sessionId` all that are open; with it, open ones of this session. */
export const listInteractions = z.object({ sessionId: id.optional() });
export const answerInteraction = z.object({
  interactionId: id,
  response: z.union([approvalResponse, elicitationResponse]),
});
export type AnswerInteraction = z.infer<typeof answerInteraction>;

import type { StandardIssue } from "./json.ts";

/**
 * Everything that can go wrong on purpose, as one closed union. A failure is data: it names what is
 * wrong and carries the ids a screen needs. Anything that is not in this union is a bug and reaches
 * the caller only as `internal` with an error id.
 */
export type Failure =
  | { code: "input.invalid"; issues: StandardIssue[] }
  | { code: "input.too_large"; maxBytes: number }
  | { code: "cursor.invalid" }
  | { code: "page.not_found" }
  | { code: "auth.required" }
  | { code: "auth.forbidden"; reason: string }
  | { code: "auth.too_many_attempts"; retryAfterMs: number }
  | { code: "session.not_found"; sessionId: string }
  | { code: "session.exists"; sessionId: string }
  | { code: "session.busy"; sessionId: string; runId: string }
  | { code: "session.nothing_to_summarize"; sessionId: string }
  | { code: "message.not_found"; messageId: string }
  | { code: "message.exists"; messageId: string }
  | { code: "message.not_streaming"; messageId: string }
  | { code: "message.wrong_role"; messageId: string; role: string }
  | { code: "message.not_continuable"; messageId: string; status: string }
  | { code: "message.has_no_component"; messageId: string }
  | { code: "execution.not_found"; messageId: string }
  | { code: "run.not_found"; runId: string }
  | { code: "run.fenced"; runId: string }
  | { code: "run.internal_error"; errorId: string }
  | { code: "run.budget_exceeded"; limit: string }
  | { code: "tool.unavailable"; name: string }
  | { code: "llm.config_not_found"; configId: string }
  | { code: "llm.config_exists"; configId: string }
  | { code: "llm.config_disabled"; configId: string }
  | { code: "llm.no_config" }
  | { code: "llm.wrong_key"; provider: string }
  | { code: "llm.key_needed"; configId: string; provider: string; host: string }
  | { code: "llm.no_such_model"; provider: string; model: string }
  | { code: "llm.unreachable"; provider: string; host: string }
  | { code: "llm.address_refused"; host: string; reason: "closed" | "redirected" }
  | { code: "llm.rate_limited"; provider: string; retryAfterMs: number | null }
  | { code: "llm.overloaded"; provider: string; retryAfterMs: number | null }
  | { code: "llm.quota_exhausted"; provider: string }
  | { code: "llm.context_too_long"; provider: string }
  | { code: "llm.refused_request"; provider: string; detail: string }
  | { code: "llm.bad_response"; provider: string; detail: string }
  | { code: "llm.stalled"; provider: string; afterMs: number }
  | { code: "secret.unreadable"; keyId: string }
  | { code: "file.not_found"; fileId: string }
  | { code: "file.in_use"; fileId: string; uses: { messageId: string; sessionId: string; sessionTitle: string }[] }
  | { code: "file.no_thumbnail"; fileId: string }
  | { code: "workflow.not_found"; workflowId: string }
  | { code: "workflow.exists"; workflowId: string }
  | { code: "roundtable.not_found"; roundTableId: string }
  | { code: "roundtable.exists"; roundTableId: string }
  | { code: "participant.not_found"; roundTableId: string; sessionId: string }
  | { code: "participant.exists"; roundTableId: string; sessionId: string }
  | { code: "roundtable.message_not_found"; roundTableId: string; messageId: string }
  | { code: "roundtable.response_not_found"; roundTableId: string; responseId: string }
  | { code: "mcp.server_not_found"; serverId: string }
  | { code: "mcp.server_exists"; serverId: string }
  | { code: "mcp.server_disabled"; serverId: string }
  | { code: "mcp.not_approved"; serverId: string; approvalHash: string }
  | { code: "mcp.approval_outdated"; serverId: string; approvalHash: string }
  | { code: "mcp.needs_sign_in"; serverId: string }
  | { code: "mcp.headers_needed"; serverId: string; host: string | null; names: string[] }
  | { code: "mcp.sign_in_failed"; reason: SignInProblem }
  | { code: "mcp.sign_in_invalid" }
  | { code: "mcp.client_needed"; issuer: string; redirectUri: string }
  | { code: "mcp.tool_not_found"; serverId: string; name: string }
  | { code: "mcp.tool_changed"; serverId: string; name: string; hash: string }
  | { code: "mcp.address_refused"; host: string }
  | { code: "mcp.unreachable"; host: string; reason: string }
  | { code: "mcp.timed_out"; afterMs: number }
  | { code: "mcp.rate_limited"; retryAfterMs: number | null }
  | { code: "mcp.refused_request"; detail: string }
  | { code: "mcp.bad_response"; detail: string }
  | { code: "mcp.start_failed"; reason: string }
  | { code: "mcp.ended"; reason: string }
  | { code: "mcp.outcome_unknown" }
  | { code: "mcp.busy"; retryAfterMs: number | null }
  | { code: "interaction.not_found"; interactionId: string }
  | { code: "interaction.closed"; interactionId: string; status: string }
  | { code: "feature.unavailable"; feature: string };

export type FailureCode = Failure["code"];

/** Why nobody could be signed in to an MCP server. */
export type SignInProblem = keyof typeof signInProblems;

const signInProblems = {
  denied: "It was declined.",
  not_offered: "The server does not say where to sign in.",
  untrusted: "What the server says about signing in contradicts itself.",
  unsafe: "The server offers no safe way to sign in.",
  address_refused: "The server names an address that chatee does not connect to.",
  unreachable: "The authorization server does not answer.",
  bad_answer: "The authorization server sent an answer that cannot be read.",
  client_needed: "The authorization server wants a client id.",
  client_refused: "The authorization server does not accept chatee.",
  wrong_issuer: "The answer does not come from the authorization server that was asked.",
  grant_refused: "The authorization server does not accept the sign-in (any more).",
  busy: "The authorization server asks to try again later.",
} as const;

/** The one sentence a person reads; screens that know better switch on `code` instead. */
export function failureMessage(failure: Failure): string {
  switch (failure.code) {
    case "input.invalid":
      return failure.issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ");
    case "input.too_large":
      return `The request is larger than ${failure.maxBytes} bytes.`;
    case "cursor.invalid":
      return "The cursor is not one this server gave out.";
    case "page.not_found":
      return "There is nothing here.";
    case "auth.required":
      return "Sign in first: open the link that chatee printed at start, or send the token as a bearer.";
    case "auth.forbidden":
      return failure.reason;
    case "auth.too_many_attempts":
      return `Too many wrong tokens. Try again in ${Math.ceil(failure.retryAfterMs / 1000)} s.`;
    case "session.not_found":
      return `There is no session ${failure.sessionId}.`;
    case "session.exists":
      return `A session ${failure.sessionId} exists already.`;
    case "session.busy":
      return "An answer is being written in this session. Stop it first, or wait.";
    case "session.nothing_to_summarize":
      return "There is nothing new to summarize in this session.";
    case "message.not_found":
      return `There is no message ${failure.messageId}.`;
    case "message.exists":
      return `The message id ${failure.messageId} is taken by another session.`;
    case "message.not_streaming":
      return "This message is not being written.";
    case "message.wrong_role":
      return `This does not work on a message of role ${failure.role}.`;
    case "message.not_continuable":
      return `A message that is ${failure.status} cannot be continued.`;
    case "message.has_no_component":
      return "This message carries no component that could be executed.";
    case "execution.not_found":
      return "This message was never executed.";
    case "run.not_found":
      return `There is no run ${failure.runId}.`;
    case "run.fenced":
      return "This run has been taken over or ended.";
    case "run.internal_error":
      return `Something went wrong here. The log knows it as ${failure.errorId}.`;
    case "run.budget_exceeded":
      return `The run reached its limit: ${failure.limit}.`;
    case "tool.unavailable":
      return `The tool ${failure.name} is not available.`;
    case "llm.config_not_found":
      return `There is no model configuration ${failure.configId}.`;
    case "llm.config_exists":
      return `A model configuration ${failure.configId} exists already.`;
    case "llm.config_disabled":
      return "This model configuration is switched off.";
    case "llm.no_config":
      return "No model is configured yet. Add one in the settings, or pick the built-in demo.";
    case "llm.wrong_key":
      return `${failure.provider} refused the API key.`;
    case "llm.key_needed":
      return `The saved key is for ${failure.provider} at ${failure.host} and goes nowhere else. Enter the key for the new address, or remove the saved one.`;
    case "llm.no_such_model":
      return `${failure.provider} has no model named ${failure.model}.`;
    case "llm.unreachable":
      return `${failure.host} cannot be reached.`;
    case "llm.address_refused":
      return failure.reason === "redirected"
        ? `${failure.host} sends requests on to another address. Use that address instead.`
        : `${failure.host} stands for an address that chatee does not connect to. If it is in your own network, use its IP address, or list that in mcp.allow_addresses.`;
    case "llm.rate_limited":
      return `${failure.provider} asks to slow down.`;
    case "llm.overloaded":
      return `${failure.provider} is overloaded at the moment.`;
    case "llm.quota_exhausted":
      return `The ${failure.provider} account has no credit left.`;
    case "llm.context_too_long":
      return "The conversation is longer than this model can read.";
    case "llm.refused_request":
      return `${failure.provider} refused the request: ${failure.detail}`;
    case "llm.bad_response":
      return `${failure.provider} sent an answer that cannot be read: ${failure.detail}`;
    case "llm.stalled":
      return `${failure.provider} sent nothing for ${Math.round(failure.afterMs / 1000)} s.`;
    case "secret.unreadable":
      return "A stored key cannot be decrypted with this installation's secret key. Enter it again.";
    case "file.not_found":
      return `There is no file ${failure.fileId}.`;
    case "file.in_use":
      return `Messages refer to this file: ${usedIn(failure.uses, ", ")}.`;
    case "file.no_thumbnail":
      return `The file ${failure.fileId} is no picture that can be made small.`;
    case "workflow.not_found":
      return `There is no workflow ${failure.workflowId}.`;
    case "workflow.exists":
      return `A workflow ${failure.workflowId} exists already.`;
    case "roundtable.not_found":
      return `There is no roundtable ${failure.roundTableId}.`;
    case "roundtable.exists":
      return `A roundtable ${failure.roundTableId} exists already.`;
    case "participant.not_found":
      return "This session does not sit at the roundtable.";
    case "participant.exists":
      return "This session sits at the roundtable already.";
    case "roundtable.message_not_found":
      return `There is no roundtable message ${failure.messageId}.`;
    case "roundtable.response_not_found":
      return `There is no response ${failure.responseId}.`;
    case "mcp.server_not_found":
      return `There is no MCP server ${failure.serverId}.`;
    case "mcp.server_exists":
      return `An MCP server ${failure.serverId} exists already.`;
    case "mcp.server_disabled":
      return "This MCP server is switched off.";
    case "mcp.not_approved":
      return "This MCP server is a local program that nobody has approved as it is configured now.";
    case "mcp.approval_outdated":
      return "The program was changed since it was shown. Look at it again before you approve it.";
    case "mcp.needs_sign_in":
      return "This MCP server wants you to sign in first.";
    case "mcp.headers_needed":
      return `The saved values of ${failure.names.join(", ")} were entered for ${failure.host ?? "no address"} and go nowhere else. Enter them for the new address, or remove these headers.`;
    case "mcp.sign_in_failed":
      return `Signing in failed. ${signInProblems[failure.reason]}`;
    case "mcp.sign_in_invalid":
      return "This sign-in is not one that you have begun, or it took longer than ten minutes. Start again.";
    case "mcp.client_needed":
      return `${failure.issuer} registers nobody by itself. Register chatee there (redirect URI ${failure.redirectUri}) and enter the client id.`;
    case "mcp.tool_not_found":
      return `The MCP server has no tool ${failure.name}.`;
    case "mcp.tool_changed":
      return `The tool ${failure.name} was changed since it was shown. Look at it again before you allow it.`;
    case "mcp.address_refused":
      return `${failure.host} is an address that chatee does not connect to.`;
    case "mcp.unreachable":
      return `${failure.host} cannot be reached (${failure.reason}).`;
    case "mcp.timed_out":
      return `The MCP server did not answer within ${Math.round(failure.afterMs / 1000)} s.`;
    case "mcp.rate_limited":
      return "The MCP server asks to slow down.";
    case "mcp.refused_request":
      return `The MCP server refused the request: ${failure.detail}`;
    case "mcp.bad_response":
      return `The MCP server sent an answer that cannot be read: ${failure.detail}`;
    case "mcp.start_failed":
      return `The program could not be started (${failure.reason}).`;
    case "mcp.ended":
      return `The connection to the MCP server ended: ${failure.reason}.`;
    case "mcp.outcome_unknown":
      return "The connection was lost during the call. It is not known whether it took effect.";
    case "mcp.busy":
      return "The MCP server cannot be asked at the moment. Try again shortly.";
    case "interaction.not_found":
      return `There is no question ${failure.interactionId}.`;
    case "interaction.closed":
      return failure.status === "answered"
        ? "This question was answered already."
        : "Nobody waits for an answer to this question any more.";
    case "feature.unavailable":
      return `${failure.feature} is not available on this server.`;
  }
}

/** The titles of the sessions where a file is used, each once. */
export function usedIn(uses: readonly { sessionTitle: string }[], separator: string): string {
  return [...new Set(uses.map(({ sessionTitle }) => sessionTitle))].join(separator);
}

/** Carries a `Failure` through code that throws. The message is fit for people, the failure for programs. */
export class DomainError extends Error {
  override readonly name = "DomainError";
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failureMessage(failure), options);
    this.failure = failure;
  }
}

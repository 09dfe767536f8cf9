import { ProtocolError, UrlElicitationRequiredError } from "@modelcontextprotocol/client";
import type { CallToolResult, RequestOptions } from "@modelcontextprotocol/client";
import type { Catalogue, ToolDefinition } from "./catalogue.ts";
import type { Elicitations, OpenCall } from "./elicitation.ts";
import type { ConnectionLimits } from "./limits.ts";
import type { Session } from "./open-session.ts";
import type { Progress, SessionHolder } from "./session-holder.ts";
import { toToolResult } from "./tool-result.ts";
import type { ToolResult } from "./tool-result.ts";

export type ToolCall = {
  /** The server's own name of the tool. */
  name: string;
  arguments?: Readonly<Record<string, unknown>>;
  /** The caller's name for this call; questions to the user that belong to it carry it. */
  callId?: string;
  /** Aborting cancels at the server too, in the way of its era, and rejects with `mcp.cancelled`. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Default: the connection's limits. */
  idleMs?: number;
  totalMs?: number;
};

const headerMismatch = -32_020;
const maxUrlQuestions = 4;
const unlisted = { inputSchema: { type: "object" as const } };

/**
 * Calls a tool once. It is sent a second time only when the server certainly did not run it: it asked to have a page
 * opened first (2025-11-25, -32042), it wanted a parameter mirrored in a header we did not know of (SEP-2243, -32020), or
 * it has lost the session and declares the tool read-only or idempotent.
 *
 * @throws McpError; `mcp.outcome_unknown` when the call may have run and its result will never come.
 */
export function createToolCaller(options: {
  holder: SessionHolder;
  catalogue: Catalogue;
  elicitations: Elicitations | undefined;
  limits: ConnectionLimits;
}): (call: ToolCall) => Promise<ToolResult> {
  const { holder, catalogue, elicitations, limits } = options;

  async function find(name: string, refresh: boolean, signal: AbortSignal | undefined) {
    // A server that cannot list may still answer; without a definition a call is never repeated.
    const tools = await catalogue.tools({ refresh, signal }).catch(() => []);
    return tools.find((tool) => tool.name === name);
  }

  async function send(session: Session, call: ToolCall, tool: ToolDefinition | undefined, sdk: RequestOptions) {
    // Without its output schema: whether a result fits it is for whoever shows the result to say, not a reason to lose it.
    // And never without a definition, or the SDK would make a list of its own.
    const { outputSchema: _, ...toolDefinition } = tool ?? { ...unlisted, outputSchema: undefined, name: call.name };
    const given = { ...sdk, toolDefinition };
    return session.client.callTool({ name: call.name, arguments: { ...call.arguments } }, given);
  }

  async function sendPrepared(
    session: Session,
    call: ToolCall,
    tool: ToolDefinition | undefined,
    sdk: RequestOptions,
    open: OpenCall,
  ): Promise<CallToolResult> {
    try {
      return await send(session, call, tool, sdk);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === headerMismatch) {
        return send(session, call, await find(call.name, true, sdk.signal), sdk);
      }
      if (!(error instanceof UrlElicitationRequiredError) || elicitations === undefined) throw error;
      if (!(await areAccepted(error, elicitations, open))) throw error;
      return send(session, call, tool, sdk);
    }
  }

  return async (call) => {
    const tool = await find(call.name, false, call.signal);
    const result = await holder.request(
      {
        method: "tools/call",
        isSafe: tool?.annotations?.readOnlyHint === true || tool?.annotations?.idempotentHint === true,
        signal: call.signal,
        onProgress: call.onProgress ?? (() => {}),
        idleMs: call.idleMs ?? limits.idleMs,
        totalMs: call.totalMs ?? limits.totalMs,
      },
      (session, sdk, deadline) => {
        const open: OpenCall = { callId: call.callId, deadline };
        const run = () => sendPrepared(session, call, tool, sdk, open);
        return elicitations === undefined ? run() : elicitations.during(open, run);
      },
    );
    return toToolResult(result);
  };
}

/** Puts the pages a server wants opened before the user, one after the other; true when all were accepted. */
async function areAccepted(error: UrlElicitationRequiredError, elicitations: Elicitations, open: OpenCall) {
  const wanted: unknown = error.elicitations;
  if (!Array.isArray(wanted) || wanted.length === 0 || wanted.length > maxUrlQuestions) return false;
  for (const one of wanted as Record<string, unknown>[]) {
    const { message, url, elicitationId } = one;
    if (typeof url !== "string" || typeof elicitationId !== "string") return false;
    const text = typeof message === "string" ? message : "";
    const params = { mode: "url" as const, message: text, url, elicitationId };
    const { action } = await elicitations.ask(params, open.deadline.signal, open);
    if (action !== "accept") return false;
  }
  return true;
}

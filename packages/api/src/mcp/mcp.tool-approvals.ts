import { NothingTouched } from "@chatee/db/statements";
import { approvalResponse } from "@chatee/shared/interactions";
import type { Json } from "@chatee/shared/json";
import type { ApprovalRequest, Decision } from "../messages/tools.ts";
import { ringOrTime } from "../streams/ring-or-time.ts";
import { policiesTopic } from "./mcp.tool-policies.ts";
import type { McpToolsDeps, TurnTool } from "./mcp.tools.ts";

type ApprovalsDeps = Pick<McpToolsDeps, "policies" | "interactions" | "wakes" | "environment" | "lookAgainMs">;
type Turn = {
  ownerId: string;
  sessionId: string;
  messageId: string;
  runId: string;
  tools: ReadonlyMap<string, TurnTool>;
};

/** A person may be away for a day; then the call is not made. */
const lifetimeMs = 24 * 60 * 60_000;

/**
 * Whether the calls of one turn may be made. What the owner says of a tool meanwhile, from whichever screen, counts
 * from the next call on. Of several calls of a tool that is asked about once, the first asks and the others wait.
 */
export function createToolApprovals(deps: ApprovalsDeps, turn: Turn) {
  const { policies, interactions, wakes, environment, lookAgainMs } = deps;
  const { ownerId, sessionId, messageId, runId, tools } = turn;
  const asking = new Map<string, Promise<unknown>>();
  const closed = new AbortController();

  async function rejudge(): Promise<void> {
    const serverIds = new Set([...tools.values()].map(({ server }) => server.serverId));
    const rows = await policies.rows(ownerId, [...serverIds]);
    for (const tool of tools.values()) {
      const row = rows.find((one) => one.serverId === tool.server.serverId && one.name === tool.definition.name);
      tool.judged = policies.judge(tool.server, tool.definition, row);
    }
  }
  async function hearPolicies(): Promise<void> {
    using bell = wakes.listen(policiesTopic(ownerId));
    while (!closed.signal.aborted) {
      await ringOrTime(bell, environment, lookAgainMs, closed.signal);
      if (closed.signal.aborted) return;
      await rejudge().catch((error: unknown) => environment.log.warn({ error }, "reading tool policies failed"));
    }
  }
  if (tools.size > 0) void hearPolicies();

  async function ask(tool: TurnTool, request: ApprovalRequest): Promise<Decision> {
    const { server, definition, judged } = tool;
    const reason = judged.asksFor ?? "first";
    const settled = await interactions.ask(
      {
        ownerId,
        sessionId,
        messageId,
        runId,
        lifetimeMs,
        serverId: server.serverId,
        toolCallId: request.toolCallId,
        kind: "approval",
        request: {
          serverName: server.name,
          toolName: definition.name,
          title: judged.title ?? null,
          description: judged.description ?? null,
          arguments: request.arguments,
          reason,
          hash: judged.hash,
          changes: judged.changes,
          hiddenIn: judged.hiddenIn,
          readOnlyHint: (definition.annotations?.["readOnlyHint"] satisfies Json | undefined) === true,
        },
      },
      request.signal,
    );
    const answer = approvalResponse.safeParse(settled.response).data;
    if (settled.status !== "answered" || answer?.decision !== "allow") return "deny";
    if (answer.remember) {
      await policies.allow(ownerId, server.serverId, definition);
      await rejudge();
    }
    return "allow";
  }

  /** One question per tool at a time: what was answered may settle the next. */
  async function askInTurn(tool: TurnTool, request: ApprovalRequest): Promise<Decision> {
    const before = asking.get(tool.alias);
    const mine = (async (): Promise<Decision> => {
      await before?.catch(() => {});
      request.signal.throwIfAborted();
      return tool.judged.asksFor === null ? "allow" : await ask(tool, request);
    })();
    if (tool.judged.asksFor !== "always") asking.set(tool.alias, mine);
    try {
      return await mine;
    } catch (error) {
      // The run is over: whoever ended it settles the call.
      if (error instanceof NothingTouched) return "deny";
      throw error;
    }
  }

  return {
    decide(request: ApprovalRequest): Decision | Promise<Decision> {
      const tool = tools.get(request.name);
      if (!tool) return "allow";
      if (tool.judged.asksFor !== null) return askInTurn(tool, request);
      // Allowed by its policy alone: from now on it is this definition that is allowed.
      if (tool.judged.approval !== "new") return "allow";
      return policies.allow(ownerId, tool.server.serverId, tool.definition).then(() => "allow");
    },
    [Symbol.dispose]: () => closed.abort(),
  };
}

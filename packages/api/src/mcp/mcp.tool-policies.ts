import type { McpToolRow, McpToolStore } from "@chatee/db/mcp.tools.store";
import { DomainError } from "@chatee/shared/failure";
import type { ApprovalQuestion } from "@chatee/shared/interactions";
import type { JsonObject } from "@chatee/shared/json";
import { toolPolicy } from "@chatee/shared/mcp";
import type { McpTool, McpToolDefinition, ToolPolicy } from "@chatee/shared/mcp";
import type { Environment } from "../environment.ts";
import type { Wakes } from "../streams/wakes.ts";
import type { McpHost } from "./mcp-host.ts";

export type ToolPoliciesDeps = {
  store: McpToolStore;
  host: Pick<McpHost, "toolHash" | "toolChanges" | "visibleTool">;
  wakes: Wakes;
  environment: Pick<Environment, "now">;
};

/** What a call of a tool needs first; null: nothing. */
export type Reason = ApprovalQuestion["reason"] | null;

/** A tool as its server declares it now, beside what its owner said and saw. */
export type JudgedTool = McpTool & {
  /** What a model may read: what the owner saw last, where that is something else than the server says now. */
  forModel: McpToolDefinition;
  asksFor: Reason;
};

export type ToolPolicies = ReturnType<typeof createToolPolicies>;

/** Rings when an owner said something else about a tool. */
export const policiesTopic = (ownerId: string) => `mcp-tools:${ownerId}`;

/**
 * Which tools may be called without asking. A definition is pinned by its hash when its owner first allows it: a changed
 * one is asked about again, whatever the policy, and until then models read the one that was allowed.
 */
export function createToolPolicies({ store, host, wakes, environment }: ToolPoliciesDeps) {
  async function save(
    ownerId: string,
    tool: { serverId: string; name: string },
    change: Partial<Pick<McpToolRow, "policy" | "hash" | "definition" | "pending" | "allowedHash">>,
  ): Promise<void> {
    await store.save(ownerId, tool.serverId, tool.name, { ...change, updatedAtMs: environment.now() });
    wakes.wake(policiesTopic(ownerId));
  }

  function judge(
    server: { allowReadOnly: boolean },
    definition: McpToolDefinition,
    row: McpToolRow | undefined,
  ): JudgedTool {
    const hash = host.toolHash(definition);
    const { tool, hiddenIn } = host.visibleTool(definition);
    const seen = (row?.definition ?? null) as McpToolDefinition | null;
    const isChanged = row !== undefined && row.hash !== null && row.hash !== hash;
    const isAllowed = row?.allowedHash === hash;
    const policy = policyOf(server, definition, row);
    return {
      ...tool,
      policy,
      hash,
      approval: isChanged ? "changed" : isAllowed ? "allowed" : "new",
      changes: isChanged && seen !== null ? host.toolChanges(host.visibleTool(seen).tool, tool) : [],
      hiddenIn,
      renamedFrom: null,
      forModel: isChanged && seen !== null ? host.visibleTool(seen).tool : tool,
      asksFor: reasonOf(policy, { isChanged, isAllowed }),
    };
  }

  /** The name of a known tool that nobody declares any more, and that is this one but for its name. */
  function nameBefore(definition: McpToolDefinition, gone: readonly McpToolRow[]): string | null {
    const before = gone.find(({ name, hash }) => hash !== null && host.toolHash({ ...definition, name }) === hash);
    return before?.name ?? null;
  }

  return {
    judge,
    /** Every tool beside what its owner said of it; tools that changed since are noted. */
    async judgeAll(
      ownerId: string,
      server: { serverId: string; allowReadOnly: boolean },
      definitions: readonly McpToolDefinition[],
    ): Promise<JudgedTool[]> {
      const rows = new Map((await store.list(ownerId, [server.serverId])).map((row) => [row.name, row]));
      const judged = definitions.map((definition) => judge(server, definition, rows.get(definition.name)));
      for (const [index, tool] of judged.entries()) {
        const row = rows.get(tool.name);
        const definition = definitions[index];
        if (!row || !definition || tool.approval !== "changed") continue;
        if (row.pending !== null && host.toolHash(row.pending as McpToolDefinition) === tool.hash) continue;
        await store.notePending(ownerId, row, definition);
      }
      const gone = [...rows.values()].filter(({ name }) => !definitions.some((definition) => definition.name === name));
      const before = judged.map((tool, index) => {
        const definition = definitions[index];
        const isNew = tool.approval === "new" && rows.get(tool.name)?.hash == null;
        return isNew && definition ? nameBefore(definition, gone) : null;
      });
      // Tools that say so little that several could be the one that is gone: nobody can tell.
      const isTold = (name: string | null) => before.indexOf(name) === before.lastIndexOf(name);
      return judged.map((tool, index) => {
        const name = before[index] ?? null;
        return isTold(name) ? { ...tool, renamedFrom: name } : tool;
      });
    },
    /** What the owner said of these servers' tools, by server and name. */
    rows: (ownerId: string, serverIds: string[]): Promise<McpToolRow[]> => store.list(ownerId, serverIds),
    /** Pins the definition, and lets it be called without asking where the policy leaves that to a first yes. */
    allow: (ownerId: string, serverId: string, definition: McpToolDefinition): Promise<void> => {
      const hash = host.toolHash(definition);
      const pinned = definition as unknown as JsonObject;
      const { name } = definition;
      return save(ownerId, { serverId, name }, { hash, definition: pinned, pending: null, allowedHash: hash });
    },
    setPolicy: (ownerId: string, serverId: string, name: string, policy: ToolPolicy): Promise<void> =>
      save(ownerId, { serverId, name }, { policy }),
    /**
     * The owner's yes to exactly this definition, given outside a call.
     *
     * @throws DomainError `mcp.tool_changed` when it is another one by now
     */
    async approve(
      ownerId: string,
      serverId: string,
      { name, hash, current }: { name: string; hash: string; current: McpToolDefinition },
    ): Promise<void> {
      const currentHash = host.toolHash(current);
      if (hash !== currentHash) throw new DomainError({ code: "mcp.tool_changed", serverId, name, hash: currentHash });
      await this.allow(ownerId, serverId, current);
    },
  };
}

function policyOf(
  server: { allowReadOnly: boolean },
  definition: McpToolDefinition,
  row: McpToolRow | undefined,
): ToolPolicy {
  const said = toolPolicy.safeParse(row?.policy).data;
  if (said !== undefined) return said;
  return server.allowReadOnly && definition.annotations?.["readOnlyHint"] === true ? "allow" : "ask_once";
}

function reasonOf(policy: ToolPolicy, { isChanged, isAllowed }: { isChanged: boolean; isAllowed: boolean }): Reason {
  if (isChanged) return "changed";
  if (policy === "ask") return "always";
  return policy === "allow" || isAllowed ? null : "first";
}

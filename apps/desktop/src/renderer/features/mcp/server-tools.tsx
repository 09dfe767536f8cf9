import type { McpTool, ToolPolicy } from "@chatee/shared/mcp";
import { toolPolicies } from "@chatee/shared/mcp";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { toast } from "../../ui/toast.tsx";
import { Listed } from "./listed.tsx";
import { strings } from "./mcp.strings.ts";
import { ToolChanges } from "./tool-changes.tsx";
import { Unfold } from "./unfold.tsx";

/** The tools of a server and when each may be called. The server is asked when the list is opened. */
export function ServerTools({ serverId }: { serverId: string }) {
  return (
    <Unfold title={strings.tools}>
      <Tools serverId={serverId} />
    </Unfold>
  );
}

function Tools({ serverId }: { serverId: string }) {
  const trpc = useTRPC();
  const list = useQuery(trpc.mcp.tools.queryOptions({ serverId }, { retry: false }));
  const tools = list.data?.tools ?? [];
  return (
    <Listed list={list} loading={strings.toolsLoading} none={strings.toolsNone}>
      {tools.map((tool) => (
        <li key={tool.name} className="px-3 py-2">
          <Tool serverId={serverId} tool={tool} />
        </li>
      ))}
    </Listed>
  );
}

function Tool({ serverId, tool }: { serverId: string; tool: McpTool }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const options = {
    onSettled: () => queryClient.invalidateQueries(trpc.mcp.tools.queryFilter({ serverId })),
    onError: (error: unknown) => toast(toProblem(error).sentence),
  };
  const setPolicy = useMutation(trpc.mcp.toolPolicy.mutationOptions(options));
  const approve = useMutation(trpc.mcp.approveTool.mutationOptions(options));
  const { name, title, description, hash } = tool;
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1.5">
        <div className="min-w-40 flex-1">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-mono text-[13px] font-medium">{name}</span>
            {title && title !== name && <span className="text-[13px] text-muted">{title}</span>}
            {tool.approval === "allowed" && tool.policy !== "ask" && (
              <span className="text-xs text-accent">{strings.allowed}</span>
            )}
            {tool.approval === "changed" && <span className="text-xs font-medium text-warn">{strings.changed}</span>}
          </p>
          {description && (
            <p className="line-clamp-3 text-[13px] [overflow-wrap:anywhere] text-muted" title={strings.claims}>
              {description}
            </p>
          )}
        </div>
        <select
          aria-label={strings.policyOf(name)}
          className="field h-7! w-auto! text-[13px]"
          disabled={setPolicy.isPending}
          value={setPolicy.isPending ? setPolicy.variables.policy : tool.policy}
          onChange={(event) => setPolicy.mutate({ serverId, name, policy: event.target.value as ToolPolicy })}
        >
          {toolPolicies.map((policy) => (
            <option key={policy} value={policy}>
              {strings.policies[policy]}
            </option>
          ))}
        </select>
      </div>
      {tool.renamedFrom !== null && <p className="mt-1.5 text-[13px] text-warn">{strings.renamed(tool.renamedFrom)}</p>}
      {tool.hiddenIn.length > 0 && (
        <p className="mt-1.5 flex items-center gap-2 text-[13px] text-warn">
          <TriangleAlert aria-hidden className="size-4 shrink-0" />
          {strings.hidden(tool.hiddenIn.join(", "))}
        </p>
      )}
      {tool.approval === "changed" && (
        <div className="mt-2 rounded-xl border border-warn-line bg-warn-soft p-3">
          <p className="text-[13px]">{strings.changedBody}</p>
          <ToolChanges changes={tool.changes} className="mt-2" />
          <Button
            size="small"
            className="mt-2.5"
            busy={approve.isPending}
            onClick={() => approve.mutate({ serverId, name, hash })}
          >
            {strings.allowChanged}
          </Button>
        </div>
      )}
    </>
  );
}

import type { McpServer } from "@chatee/shared/mcp";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ShieldAlert } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { strings } from "./mcp.strings.ts";
import { ProgramLines } from "./program-lines.tsx";

/** A local program with everything that is started, and the approval of exactly that. */
export function ProgramApproval({ server }: { server: McpServer }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const reload = () => queryClient.invalidateQueries(trpc.mcp.list.pathFilter());
  const approve = useMutation(trpc.mcp.approve.mutationOptions({ onSettled: reload }));
  const { approvalHash, serverId } = server;
  return (
    <div
      role="group"
      aria-label={strings.approveTitle}
      className="mt-3 rounded-xl border border-warn-line bg-warn-soft p-3.5"
    >
      <p className="flex items-center gap-2 font-medium">
        <ShieldAlert aria-hidden className="size-4 shrink-0 text-warn" />
        {strings.approveTitle}
      </p>
      <p className="mt-1 text-[13px] text-muted">{strings.approveBody}</p>
      <ProgramLines ext={server.ext} className="mt-3" />
      {approve.error && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {toProblem(approve.error).sentence}
        </p>
      )}
      {approvalHash === null ? (
        <p className="mt-3 text-[13px]">{strings.approvalUnknown}</p>
      ) : (
        <Button
          size="small"
          className="mt-3"
          busy={approve.isPending}
          onClick={() => approve.mutate({ serverId, hash: approvalHash })}
        >
          {strings.approve}
        </Button>
      )}
    </div>
  );
}

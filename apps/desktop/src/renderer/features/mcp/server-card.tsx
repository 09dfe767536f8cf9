import type { McpServer, McpServerHealth } from "@chatee/shared/mcp";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { strings } from "./mcp.strings.ts";
import { ProgramApproval } from "./program-approval.tsx";
import { ServerFacts } from "./server-facts.tsx";
import { ServerOffers } from "./server-offers.tsx";
import { ServerSignIn } from "./server-sign-in.tsx";
import { ServerStderr } from "./server-stderr.tsx";
import { ServerTest } from "./server-test.tsx";
import { ServerTools } from "./server-tools.tsx";
import { readExt } from "./server-draft.ts";

export function ServerCard(props: { server: McpServer; health: McpServerHealth | undefined; onEdit: () => void }) {
  const { server, health, onEdit } = props;
  const [isDeleting, setDeleting] = useState(false);
  const { command, args } = readExt(server.ext);
  const isUsable = server.enabled && server.approved;
  return (
    <section
      aria-label={server.name}
      className={classNames(
        "rounded-2xl border border-line bg-raised p-4 shadow-card",
        !server.enabled && "opacity-70",
      )}
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold">
            <span className="truncate">{server.name}</span>
            {!server.enabled && (
              <span className="rounded-full border border-line px-2 py-px text-[11.5px] font-medium text-muted">
                {strings.disabled}
              </span>
            )}
          </h2>
          <p className="mt-0.5 truncate text-muted">
            {strings.kinds[server.type]} ·{" "}
            <span className="font-mono text-[13px]">{server.url ?? [command, ...(args ?? [])].join(" ")}</span>
          </p>
          {server.description && <p className="mt-1.5 text-muted">{server.description}</p>}
        </div>
        <div className="-mt-1 -mr-1.5 flex">
          <IconButton label={strings.editServer(server.name)} onClick={onEdit}>
            <Pencil />
          </IconButton>
          <IconButton label={`${strings.delete} ${server.name}`} onClick={() => setDeleting(true)}>
            <Trash2 />
          </IconButton>
        </div>
      </div>
      {server.enabled && health && <ServerFacts health={health} />}
      {server.enabled && server.type !== "stdio" && (
        <ServerSignIn serverId={server.serverId} isWanted={health?.needsAuth === true} />
      )}
      {!server.approved && <ProgramApproval server={server} />}
      {server.approved && <ServerTest serverId={server.serverId} className="mt-3" />}
      {isUsable && <ServerTools serverId={server.serverId} />}
      {isUsable && <ServerOffers serverId={server.serverId} />}
      {isUsable && server.type === "stdio" && <ServerStderr serverId={server.serverId} />}
      {isDeleting && <DeleteServer server={server} onClose={() => setDeleting(false)} />}
    </section>
  );
}

function DeleteServer({ server, onClose }: { server: McpServer; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.mcp.delete.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries(trpc.mcp.list.pathFilter());
        onClose();
      },
    }),
  );
  return (
    <Dialog
      title={strings.deleteTitle(server.name)}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button
            look="danger"
            data-first-focus
            busy={remove.isPending}
            onClick={() => remove.mutate({ serverId: server.serverId })}
          >
            {strings.delete}
          </Button>
        </>
      }
    >
      <p className="text-muted">{strings.deleteBody}</p>
      {remove.error && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {toProblem(remove.error).sentence}
        </p>
      )}
    </Dialog>
  );
}

import type { McpServer } from "@chatee/shared/mcp";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, ClipboardPaste, Plus } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ScreenHeader } from "../../ui/screen-header.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { ConnectionNotice } from "../connection/connection-notice.tsx";
import { LooseQuestions } from "../interactions/loose-questions.tsx";
import { strings } from "./mcp.strings.ts";
import { PasteDialog } from "./paste-dialog.tsx";
import { ServerCard } from "./server-card.tsx";
import { ServerForm } from "./server-form.tsx";
import { useServerHealth } from "./use-server-health.ts";

/** The registered servers, and one of them in an editor. */
export function McpScreen() {
  const trpc = useTRPC();
  const list = useQuery(trpc.mcp.list.queryOptions());
  const [edited, setEdited] = useState<McpServer | "new" | null>(null);
  const [isPasting, setPasting] = useState(false);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ScreenHeader title={strings.title} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[46rem] px-4 pt-2 pb-16 sm:px-6">
          <ConnectionNotice className="mb-4" />
          {edited ? (
            <ServerForm
              key={edited === "new" ? "new" : edited.serverId}
              server={edited === "new" ? null : edited}
              onDone={() => setEdited(null)}
            />
          ) : (
            <>
              <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
                <p className="min-w-60 flex-1 pt-1.5 text-muted">{strings.subtitle}</p>
                <div className="flex flex-wrap gap-2">
                  <Button onClick={() => setPasting(true)}>
                    <ClipboardPaste aria-hidden className="size-4" />
                    {strings.paste}
                  </Button>
                  <Button look="primary" onClick={() => setEdited("new")}>
                    <Plus aria-hidden className="size-4" />
                    {strings.add}
                  </Button>
                </div>
              </div>
              <LooseQuestions className="mb-4" />
              {list.isPending && (
                <p role="status" className="flex items-center gap-3 py-8 text-muted">
                  <Spinner /> {strings.loading}
                </p>
              )}
              {list.isError && (
                <Notice
                  tone="danger"
                  icon={<CircleAlert aria-hidden />}
                  actions={
                    <Button size="small" onClick={() => void list.refetch()}>
                      {strings.retry}
                    </Button>
                  }
                >
                  {strings.loadFailed} {toProblem(list.error).sentence}
                </Notice>
              )}
              {list.data && <ServerList servers={list.data.servers} onEdit={setEdited} />}
            </>
          )}
        </div>
      </div>
      {isPasting && <PasteDialog servers={list.data?.servers ?? []} onClose={() => setPasting(false)} />}
    </div>
  );
}

function ServerList({ servers, onEdit }: { servers: readonly McpServer[]; onEdit: (server: McpServer) => void }) {
  const health = useServerHealth();
  if (servers.length === 0) {
    return (
      <div className="rounded-2xl border border-dashed border-line-strong px-6 py-8 text-center">
        <p className="font-medium">{strings.empty}</p>
        <p className="mx-auto mt-1 max-w-md text-muted">{strings.emptyHint}</p>
      </div>
    );
  }
  return (
    <ul className="space-y-2.5">
      {servers.map((server) => (
        <li key={server.serverId}>
          <ServerCard server={server} health={health.get(server.serverId)} onEdit={() => onEdit(server)} />
        </li>
      ))}
    </ul>
  );
}

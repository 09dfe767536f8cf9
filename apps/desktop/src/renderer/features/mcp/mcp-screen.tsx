import type { McpServer } from "@chatee/shared/mcp";
import { useQuery } from "@tanstack/react-query";
import { ClipboardPaste, Plus } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { Button } from "../../ui/button.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
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
  if (edited) {
    return (
      <SettingsPage title={strings.title}>
        <ServerForm
          key={edited === "new" ? "new" : edited.serverId}
          server={edited === "new" ? null : edited}
          onDone={() => setEdited(null)}
        />
      </SettingsPage>
    );
  }
  return (
    <SettingsPage
      title={strings.title}
      subtitle={strings.subtitle}
      actions={
        <>
          <Button onClick={() => setPasting(true)}>
            <ClipboardPaste aria-hidden className="size-4" />
            {strings.paste}
          </Button>
          <Button look="primary" onClick={() => setEdited("new")}>
            <Plus aria-hidden className="size-4" />
            {strings.add}
          </Button>
        </>
      }
    >
      <LooseQuestions className="mb-4" />
      {list.isPending && <Loading>{strings.loading}</Loading>}
      {list.isError && (
        <LoadFailed retry={strings.retry} onRetry={() => void list.refetch()}>
          {strings.loadFailed} {toProblem(list.error).sentence}
        </LoadFailed>
      )}
      {list.data && <ServerList servers={list.data.servers} onEdit={setEdited} />}
      {isPasting && <PasteDialog servers={list.data?.servers ?? []} onClose={() => setPasting(false)} />}
    </SettingsPage>
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

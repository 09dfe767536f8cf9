import type { LlmConfig } from "@chatee/shared/llm";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { Button } from "../../ui/button.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { ConfigCard } from "./config-card.tsx";
import { ConfigForm } from "./config-form.tsx";
import { ConfigTransfer } from "./config-transfer.tsx";
import { strings } from "./llm.strings.ts";

/** The configs, and one of them in an editor. */
export function ModelsScreen() {
  const trpc = useTRPC();
  const list = useQuery(trpc.llm.list.queryOptions());
  const [edited, setEdited] = useState<LlmConfig | "new" | null>(null);
  if (edited) {
    return (
      <SettingsPage title={strings.title}>
        <ConfigForm
          key={edited === "new" ? "new" : edited.configId}
          config={edited === "new" ? null : edited}
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
          <ConfigTransfer />
          <Button look="primary" onClick={() => setEdited("new")}>
            <Plus aria-hidden className="size-4" />
            {strings.add}
          </Button>
        </>
      }
    >
      {list.isPending && <Loading>{strings.loading}</Loading>}
      {list.isError && (
        <LoadFailed retry={strings.retry} onRetry={() => void list.refetch()}>
          {strings.loadFailed} {toProblem(list.error).sentence}
        </LoadFailed>
      )}
      {list.data && <ConfigList configs={list.data.configs} onEdit={setEdited} />}
    </SettingsPage>
  );
}

function ConfigList({ configs, onEdit }: { configs: LlmConfig[]; onEdit: (config: LlmConfig | "new") => void }) {
  const own = configs.filter(({ metadata }) => metadata?.["builtin"] !== true);
  return (
    <ul className="space-y-2.5">
      {own.length === 0 && (
        <li className="rounded-2xl border border-dashed border-line-strong px-6 py-8 text-center">
          <p className="font-medium">{strings.empty}</p>
          <p className="mx-auto mt-1 max-w-md text-muted">{strings.emptyHint}</p>
          <Button className="mt-4" onClick={() => onEdit("new")}>
            <Plus aria-hidden className="size-4" />
            {strings.add}
          </Button>
        </li>
      )}
      {configs.map((config) => (
        <li key={config.configId}>
          <ConfigCard config={config} onEdit={() => onEdit(config)} />
        </li>
      ))}
    </ul>
  );
}

import type { LlmConfig } from "@chatee/shared/llm";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Plus } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { ScreenHeader } from "../../ui/screen-header.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { ConnectionNotice } from "../connection/connection-notice.tsx";
import { ConfigCard } from "./config-card.tsx";
import { ConfigForm } from "./config-form.tsx";
import { ConfigTransfer } from "./config-transfer.tsx";
import { strings } from "./llm.strings.ts";

/** The configs, and one of them in an editor. */
export function ModelsScreen() {
  const trpc = useTRPC();
  const list = useQuery(trpc.llm.list.queryOptions());
  const [edited, setEdited] = useState<LlmConfig | "new" | null>(null);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <ScreenHeader title={strings.title} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[46rem] px-4 pt-2 pb-16 sm:px-6">
          <ConnectionNotice className="mb-4" />
          {edited ? (
            <ConfigForm
              key={edited === "new" ? "new" : edited.configId}
              config={edited === "new" ? null : edited}
              onDone={() => setEdited(null)}
            />
          ) : (
            <>
              <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
                <p className="min-w-60 flex-1 pt-1.5 text-muted">{strings.subtitle}</p>
                <div className="flex gap-2">
                  <ConfigTransfer />
                  <Button look="primary" onClick={() => setEdited("new")}>
                    <Plus aria-hidden className="size-4" />
                    {strings.add}
                  </Button>
                </div>
              </div>
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
              {list.data && <ConfigList configs={list.data.configs} onEdit={setEdited} />}
            </>
          )}
        </div>
      </div>
    </div>
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

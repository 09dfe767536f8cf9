import type { LlmConfig } from "@chatee/shared/llm";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Abilities } from "./abilities.tsx";
import { ConfigTest } from "./config-test.tsx";
import { strings } from "./llm.strings.ts";

export function ConfigCard({ config, onEdit }: { config: LlmConfig; onEdit: () => void }) {
  const [isDeleting, setDeleting] = useState(false);
  const isBuiltIn = config.metadata?.["builtin"] === true;
  return (
    <section
      aria-label={config.name}
      className={classNames(
        "rounded-2xl border border-line bg-raised p-4 shadow-card",
        !config.enabled && "opacity-70",
      )}
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-2 font-semibold">
            <span className="truncate">{config.name}</span>
            {isBuiltIn && <Badge>{strings.builtIn}</Badge>}
            {!config.enabled && <Badge>{strings.disabled}</Badge>}
          </h2>
          <p className="mt-0.5 truncate text-muted">
            {strings.providers[config.provider]} · <span className="font-mono text-[13px]">{config.model}</span>
          </p>
          {config.description && <p className="mt-1.5 text-muted">{config.description}</p>}
        </div>
        {!isBuiltIn && (
          <div className="-mt-1 -mr-1.5 flex">
            <IconButton label={strings.editConfig(config.name)} onClick={onEdit}>
              <Pencil />
            </IconButton>
            <IconButton label={`${strings.delete} ${config.name}`} onClick={() => setDeleting(true)}>
              <Trash2 />
            </IconButton>
          </div>
        )}
      </div>
      <div className="mt-2.5 flex flex-wrap items-center gap-x-3 gap-y-1.5">
        {config.hasApiKey && (
          <span className="inline-flex items-center gap-1.5 text-[13px] text-muted">
            <KeyRound aria-hidden className="size-3.5" /> {strings.keySaved}
          </span>
        )}
        <Abilities capabilities={config.capabilities} />
      </div>
      <ConfigTest input={{ configId: config.configId }} className="mt-3" />
      {isDeleting && <DeleteConfig config={config} onClose={() => setDeleting(false)} />}
    </section>
  );
}

function Badge({ children }: { children: string }) {
  return (
    <span className="rounded-full border border-line px-2 py-px text-[11.5px] font-medium text-muted">{children}</span>
  );
}

function DeleteConfig({ config, onClose }: { config: LlmConfig; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(
    trpc.llm.delete.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries(trpc.llm.list.pathFilter());
        onClose();
      },
    }),
  );
  return (
    <Dialog
      title={strings.deleteTitle(config.name)}
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
            onClick={() => remove.mutate({ configId: config.configId })}
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

import type { McpServer } from "@chatee/shared/mcp";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { strings } from "./mcp.strings.ts";
import { readPasted } from "./pasted-config.ts";
import type { PastedServer } from "./pasted-config.ts";
import { ProgramLines } from "./program-lines.tsx";
import { toCreate } from "./server-draft.ts";

/** Servers from the configuration of another program: shown whole before anything is saved. */
export function PasteDialog({ servers, onClose }: { servers: readonly McpServer[]; onClose: () => void }) {
  const trpc = useTRPC();
  const { client } = useApi();
  const queryClient = useQueryClient();
  const [text, setText] = useState("");
  const found = useMemo(() => readPasted(text), [text]);
  // Minted with what was found, so that saving again after a lost answer meets the first one.
  const usable = useMemo(
    () => (found ?? []).flatMap(({ draft }) => (draft ? [toCreate(draft, newId())] : [])),
    [found],
  );
  const save = useMutation({
    async mutationFn() {
      for (const server of usable) await client.mcp.create.mutate(server);
    },
    async onSettled() {
      await queryClient.invalidateQueries(trpc.mcp.list.pathFilter());
    },
    onSuccess: onClose,
  });
  const takenNames = new Set(servers.map(({ name }) => name));
  return (
    <Dialog
      title={strings.pasteTitle}
      wide
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button look="primary" disabled={usable.length === 0} busy={save.isPending} onClick={() => save.mutate()}>
            {strings.pasteSave(usable.length)}
          </Button>
        </>
      }
    >
      <p className="mb-2 text-muted">{strings.pasteBody}</p>
      <textarea
        data-first-focus
        rows={7}
        spellCheck={false}
        aria-label={strings.pasteLabel}
        className="field resize-y font-mono text-[13px]"
        placeholder={'{ "mcpServers": { "name": { "command": "npx", "args": ["…"] } } }'}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {text.trim() !== "" && found === null && (
        <p role="status" className="mt-2 text-[13px] text-danger">
          {strings.pasteUnreadable}
        </p>
      )}
      {found && (
        <section aria-label={strings.pastePreview} className="mt-4">
          <h3 className="mb-1.5 text-[13px] font-medium">{strings.pastePreview}</h3>
          <ul className="max-h-72 space-y-2 overflow-y-auto">
            {found.map((server) => (
              <li key={server.name} className="rounded-xl border border-line px-3 py-2">
                <Preview server={server} isTaken={takenNames.has(server.name)} />
              </li>
            ))}
          </ul>
          {usable.some(({ type }) => type === "stdio") && (
            <p className="mt-2 text-[13px] text-muted">{strings.pastePrograms}</p>
          )}
        </section>
      )}
      {save.error && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {toProblem(save.error).sentence}
        </p>
      )}
    </Dialog>
  );
}

function Preview({ server: { name, draft }, isTaken }: { server: PastedServer; isTaken: boolean }) {
  return (
    <>
      <p className="flex items-baseline gap-2">
        <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
        {draft && <span className="text-[13px] text-muted">{strings.kinds[draft.type]}</span>}
      </p>
      {draft === null && <p className="text-[13px] text-warn">{strings.pasteNoPlace}</p>}
      {draft?.type === "stdio" && <ProgramLines ext={toCreate(draft, "").ext ?? null} className="mt-1" />}
      {draft && draft.type !== "stdio" && (
        <p className="mt-1 font-mono text-[13px] [overflow-wrap:anywhere]">{draft.url}</p>
      )}
      {draft && draft.headers.length > 0 && (
        <p className="mt-1 text-[13px] text-muted">
          {strings.headers}: <span className="font-mono">{draft.headers.map((pair) => pair.name).join(", ")}</span>
        </p>
      )}
      {draft && isTaken && <p className="mt-1 text-[13px] text-warn">{strings.pasteTaken}</p>}
    </>
  );
}

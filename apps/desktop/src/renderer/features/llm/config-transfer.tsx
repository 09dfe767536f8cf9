import { importConfigs } from "@chatee/shared/llm";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, Ellipsis, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { FilePicker } from "../../ui/file-picker.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { saveText } from "../../ui/save-text.ts";
import { toast } from "../../ui/toast.tsx";
import { strings } from "./llm.strings.ts";

/** Configs out into a file and back in. */
export function ConfigTransfer() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const [isExporting, setExporting] = useState(false);
  const take = useMutation(
    trpc.llm.import.mutationOptions({
      async onSuccess({ imported, skipped }) {
        toast(strings.imported(imported.length, skipped.length));
        await queryClient.invalidateQueries(trpc.llm.pathFilter());
      },
      onError: (error) => toast(toProblem(error).sentence),
    }),
  );

  async function read(file: File): Promise<void> {
    const parsed = importConfigs.safeParse(
      await file
        .text()
        .then(JSON.parse)
        .catch(() => null),
    );
    if (parsed.success) take.mutate(parsed.data);
    else toast(strings.importFailed);
  }

  return (
    <>
      <Menu
        label={`${strings.import}, ${strings.export}`}
        align="end"
        trigger={
          <IconButton label={`${strings.import}, ${strings.export}`}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem icon={<Upload />} onSelect={() => picker.current?.click()}>
          {strings.import}
        </MenuItem>
        <MenuItem icon={<Download />} onSelect={() => setExporting(true)}>
          {strings.export}
        </MenuItem>
      </Menu>
      <FilePicker
        ref={picker}
        accept="application/json,.json"
        label={strings.import}
        onFile={(file) => void read(file)}
      />
      {isExporting && <ExportDialog onClose={() => setExporting(false)} />}
    </>
  );
}

function ExportDialog({ onClose }: { onClose: () => void }) {
  const { client } = useApi();
  const [includeKeys, setIncludeKeys] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function exportAll(): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      const file = await client.llm.export.query({ includeKeys });
      const day = new Date(file.exportedAtMs).toISOString().slice(0, 10);
      const text = JSON.stringify(file, null, 2);
      saveText({ name: `chatee-models-${day}.json`, mimeType: "application/json", text });
      onClose();
    } catch (error) {
      setProblem(toProblem(error).sentence);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={strings.exportTitle}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button look="primary" busy={isBusy} onClick={() => void exportAll()}>
            {strings.exportConfirm}
          </Button>
        </>
      }
    >
      <p className="text-muted">{strings.exportBody}</p>
      <label className="mt-4 flex items-start gap-2.5">
        <input
          type="checkbox"
          className="mt-0.5 size-4 accent-accent"
          checked={includeKeys}
          onChange={(event) => setIncludeKeys(event.target.checked)}
        />
        <span>
          <span className="font-medium">{strings.exportKeys}</span>
          <span className="block text-[13px] text-muted">{strings.exportKeysHint}</span>
        </span>
      </label>
      {problem && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {problem}
        </p>
      )}
    </Dialog>
  );
}

import { useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { locale } from "../../i18n/locale.ts";
import { FilePicker } from "../../ui/file-picker.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { uploadFile } from "../files/upload-file.ts";
import { importArchive, previewArchive } from "./archive-import.ts";
import type { ArchivePreview, ImportDoors, ImportProgress } from "./archive-import.ts";
import { DataCard } from "./data-card.tsx";
import { strings } from "./data.strings.ts";

type Step =
  | { is: "idle" }
  | { is: "reading"; file: File }
  | { is: "preview"; file: File; preview: ArchivePreview }
  | { is: "importing"; file: File; preview: ArchivePreview; progress: ImportProgress }
  | { is: "ended"; progress: ImportProgress; how: "done" | "stopped" | "failed"; why: string | null };

const nothingYet: ImportProgress = { done: 0, files: 0, imported: 0, grown: 0, present: 0, skipped: 0 };

/** A file of another place: looked at here, then sent a few chats at a time. */
export function ImportCard() {
  const { client } = useApi();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const stop = useRef<AbortController | null>(null);
  const [step, setStep] = useState<Step>({ is: "idle" });

  function begin(): AbortSignal {
    stop.current?.abort();
    stop.current = new AbortController();
    return stop.current.signal;
  }
  async function look(file: File): Promise<void> {
    const signal = begin();
    setStep({ is: "reading", file });
    try {
      const preview = await previewArchive(file, signal);
      if (!signal.aborted) setStep({ is: "preview", file, preview });
    } catch {
      if (!signal.aborted) setStep({ is: "idle" });
    }
  }
  async function take(file: File, preview: ArchivePreview): Promise<void> {
    const signal = begin();
    let progress = nothingYet;
    const onProgress = (now: ImportProgress) => {
      progress = now;
      setStep({ is: "importing", file, preview, progress: now });
    };
    const doors: ImportDoors = {
      send: async (conversations) => (await client.data.import.mutate({ conversations })).results,
      hasFile: async (fileId) => {
        try {
          await client.files.get.query({ fileId });
          return true;
        } catch (error) {
          const problem = toProblem(error);
          if (problem.kind === "failure" && problem.failure.code === "file.not_found") return false;
          throw error;
        }
      },
      upload: async (content) => (await uploadFile(content, { onProgress() {}, signal })).fileId,
    };
    onProgress(nothingYet);
    try {
      await importArchive(file, doors, { signal, onProgress });
      setStep({ is: "ended", how: "done", progress, why: null });
    } catch (error) {
      const how = signal.aborted ? "stopped" : "failed";
      setStep({ is: "ended", how, progress, why: signal.aborted ? null : toProblem(error).sentence });
    }
    await queryClient.invalidateQueries(trpc.sessions.pathFilter());
  }
  function leave(): void {
    stop.current?.abort();
    setStep({ is: "idle" });
  }

  return (
    <DataCard
      title={strings.importTitle}
      hint={strings.importHint}
      action={
        <Button look="primary" disabled={step.is === "importing"} onClick={() => picker.current?.click()}>
          <Upload aria-hidden className="size-4" />
          {strings.choose}
        </Button>
      }
    >
      <FilePicker
        ref={picker}
        accept=".json,.zip,application/json,application/zip"
        label={strings.importTitle}
        onFile={(file) => void look(file)}
      />
      {step.is === "reading" && (
        <p role="status" className="flex items-center gap-3 text-muted">
          <Spinner /> {strings.reading}
        </p>
      )}
      {step.is === "preview" && (
        <>
          <Preview name={step.file.name} preview={step.preview} />
          <div className="mt-3 flex flex-wrap gap-2">
            {step.preview.conversations > 0 && (
              <Button look="primary" onClick={() => void take(step.file, step.preview)}>
                {strings.start(step.preview.conversations)}
              </Button>
            )}
            <Button look="quiet" onClick={leave}>
              {strings.cancel}
            </Button>
          </div>
        </>
      )}
      {step.is === "importing" && (
        <div className="flex flex-wrap items-center gap-3">
          <progress
            aria-label={strings.importProgress}
            className="h-2 min-w-40 flex-1 accent-accent"
            max={step.preview.files + step.preview.conversations}
            value={step.progress.files + step.progress.done}
          />
          <span role="status" className="text-[13px] text-muted tabular-nums">
            {step.progress.files < step.preview.files
              ? strings.sendingFiles(step.progress.files, step.preview.files)
              : strings.importing(step.progress.done, step.preview.conversations)}
          </span>
          <Button size="small" onClick={() => stop.current?.abort()}>
            {strings.stop}
          </Button>
        </div>
      )}
      {step.is === "ended" && (
        <Notice
          tone={step.how === "failed" ? "danger" : "plain"}
          icon={step.how === "failed" ? <CircleAlert aria-hidden /> : <CircleCheck aria-hidden />}
          actions={
            <Button size="small" onClick={leave}>
              {strings.close}
            </Button>
          }
        >
          {step.how === "done" && strings.done(step.progress.imported, step.progress.present)}
          {step.how === "stopped" && strings.stopped(step.progress.imported)}
          {step.how === "failed" && strings.importFailed(step.progress.imported)}{" "}
          {step.how === "done" && step.progress.grown > 0 && `${strings.alsoGrown(step.progress.grown)} `}
          {step.how === "done" && step.progress.skipped > 0 && strings.alsoSkipped(step.progress.skipped)}
          {step.why}
        </Notice>
      )}
    </DataCard>
  );
}

function Preview({ name, preview }: { name: string; preview: ArchivePreview }) {
  const { conversations, messages, files, left, firstMs, lastMs, skipped, examples, isBroken } = preview;
  const day = (atMs: number) => new Date(atMs).toLocaleDateString(locale.get(), { dateStyle: "medium" });
  return (
    <div role="status" className="rounded-xl border border-line bg-sunken px-4 py-3">
      <p className="truncate text-[13px] text-muted">{strings.previewOf(name)}</p>
      {conversations === 0 ? (
        <p className="mt-1 font-medium">{strings.nothing}</p>
      ) : (
        <p className="mt-1 font-medium">{strings.found(conversations, messages)}</p>
      )}
      <ul className="mt-1 text-[13px] text-muted">
        {conversations > 0 && (
          <li>
            {preview.sources.map((source) => strings.sources[source]).join(", ")}
            {firstMs !== null && lastMs !== null && ` · ${strings.between(day(firstMs), day(lastMs))}`}
          </li>
        )}
        {files > 0 && <li>{strings.withFiles(files)}</li>}
        {left > 0 && <li>{strings.leftOut(left)}</li>}
        {isBroken && <li className="text-warn">{strings.broken}</li>}
        {skipped > 0 && (
          <li>
            <details>
              <summary>{strings.skipped(skipped)}</summary>
              <ul className="mt-1 list-disc pl-5">
                {examples.map(({ title, problem }, index) => (
                  <li key={index}>
                    {title ?? strings.untitled}: {strings.problems[problem]}
                  </li>
                ))}
              </ul>
            </details>
          </li>
        )}
      </ul>
    </div>
  );
}

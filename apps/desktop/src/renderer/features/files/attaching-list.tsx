import { File, Paperclip, RotateCw, X } from "lucide-react";
import { useRef, useState } from "react";
import type { DragEvent, ReactNode } from "react";
import { useStore } from "../../api/store.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import type { AttachingList } from "./attaching.ts";
import { FileChip, FileThumb } from "./file-chip.tsx";
import { fileSize } from "./file-size.ts";
import { strings } from "./files.strings.ts";

/** What is attached to the message being written. */
export function AttachingFiles({ list }: { list: AttachingList }) {
  const entries = useStore(list);
  if (entries.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2 px-1 pt-1 pb-1.5" aria-label={strings.attached}>
      {entries.map(({ key, name, sizeBytes, state, progress, problem, stored }) => (
        <li key={key} data-attaching={state}>
          <FileChip
            thumb={stored ? <FileThumb file={stored} /> : <Waiting isUploading={state === "uploading"} />}
            name={name}
            detail={
              problem ?? (state === "uploading" ? strings.uploading(Math.floor(progress * 100)) : fileSize(sizeBytes))
            }
            isBad={state === "failed"}
          >
            {state === "failed" && (
              <IconButton label={strings.retry(name)} size="small" onClick={() => list.retry(key)}>
                <RotateCw />
              </IconButton>
            )}
            <IconButton label={strings.remove(name)} size="small" onClick={() => list.remove(key)}>
              <X />
            </IconButton>
          </FileChip>
        </li>
      ))}
    </ul>
  );
}

function Waiting({ isUploading }: { isUploading: boolean }) {
  return (
    <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-sunken text-muted">
      {isUploading ? <Spinner /> : <File aria-hidden className="size-4" />}
    </span>
  );
}

/** Opens the system's picker. With a `label` it says so in words. */
export function AttachButton({ onFiles, label }: { onFiles: (files: readonly File[]) => void; label?: string }) {
  const ref = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={ref}
        type="file"
        multiple
        hidden
        data-attach
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      {label === undefined ? (
        <IconButton label={strings.attach} onClick={() => ref.current?.click()}>
          <Paperclip />
        </IconButton>
      ) : (
        <Button look="primary" onClick={() => ref.current?.click()}>
          {label}
        </Button>
      )}
    </>
  );
}

const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");

/** Takes files that are dropped anywhere on it. */
export function FileDrop(props: {
  onFiles: (files: readonly File[]) => void;
  className?: string;
  children: ReactNode;
}) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      className={`relative ${props.className ?? ""}`}
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        setOver(false);
        if (!holdsFiles(event)) return;
        event.preventDefault();
        props.onFiles([...event.dataTransfer.files]);
      }}
    >
      {props.children}
      {isOver && (
        <div className="pointer-events-none absolute inset-2 z-20 grid place-items-center rounded-2xl border-2 border-dashed border-accent bg-page/85 font-medium text-accent">
          {strings.dropHere}
        </div>
      )}
    </div>
  );
}

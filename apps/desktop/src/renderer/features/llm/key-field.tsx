import { useMutation } from "@tanstack/react-query";
import { Eye, EyeOff, KeyRound } from "lucide-react";
import { useId, useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { asksForKey } from "./config-draft.ts";
import type { Draft, SavedKey } from "./config-draft.ts";
import { strings } from "./llm.strings.ts";

type KeyFieldProps = {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** Null when there is none. */
  saved: SavedKey | null;
};

/** Keys go in and stay in: a saved one is shown only when somebody asks twice, and is sent only where it was saved for. */
export function KeyField({ draft, onChange, saved }: KeyFieldProps) {
  const id = useId();
  const [isVisible, setVisible] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const hasSaved = saved?.state === "kept" && !draft.clearsKey;
  const isMissing = asksForKey(draft, saved);
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium">
        {strings.apiKey}
      </label>
      <div className="relative">
        <input
          id={id}
          className="field pr-9! font-mono"
          type={isVisible ? "text" : "password"}
          autoComplete="off"
          spellCheck={false}
          data-1p-ignore
          required={isMissing}
          placeholder={hasSaved ? "••••••••••••••••" : strings.keyPlaceholder}
          value={draft.apiKey}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange({ apiKey: event.target.value })}
        />
        {draft.apiKey !== "" && (
          <IconButton
            label={isVisible ? strings.keyHide : strings.keyReveal}
            size="small"
            className="absolute top-[3px] right-[3px]"
            onClick={() => setVisible(!isVisible)}
          >
            {isVisible ? <EyeOff /> : <Eye />}
          </IconButton>
        )}
      </div>
      <div id={`${id}-hint`} className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-muted">
        {hasSaved && (
          <>
            <span className="inline-flex items-center gap-1.5">
              <KeyRound aria-hidden className="size-3.5" /> {strings.keyKept}
            </span>
            <TextButton onClick={() => setAsking(true)}>{strings.keyReveal}</TextButton>
            <TextButton onClick={() => onChange({ clearsKey: true, apiKey: "" })}>{strings.keyClear}</TextButton>
          </>
        )}
        {draft.clearsKey && (
          <>
            {strings.keyWillClear}
            <TextButton onClick={() => onChange({ clearsKey: false })}>
              {saved?.state === "elsewhere" ? strings.keyEnterInstead : strings.keyKeepInstead}
            </TextButton>
          </>
        )}
        {isMissing && saved && (
          <>
            <span role="status" className="text-ink">
              {strings.keyElsewhere(strings.providers[saved.provider], saved.host)}
            </span>
            <TextButton onClick={() => onChange({ clearsKey: true })}>{strings.keyGoWithout}</TextButton>
          </>
        )}
        {!hasSaved && !isMissing && !draft.clearsKey && strings.keyStored}
      </div>
      {isAsking && saved !== null && <RevealKey configId={saved.configId} onClose={() => setAsking(false)} />}
    </div>
  );
}

function TextButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button type="button" onClick={onClick} className="font-medium text-accent hover:underline">
      {children}
    </button>
  );
}

function RevealKey({ configId, onClose }: { configId: string; onClose: () => void }) {
  const trpc = useTRPC();
  const reveal = useMutation(trpc.llm.key.mutationOptions({ gcTime: 0 }));
  const key = reveal.data?.apiKey;
  return (
    <Dialog
      title={strings.revealTitle}
      onClose={onClose}
      actions={
        reveal.data ? undefined : (
          <>
            <Button look="quiet" onClick={onClose}>
              {strings.cancel}
            </Button>
            <Button look="primary" busy={reveal.isPending} onClick={() => reveal.mutate({ configId })}>
              {strings.revealConfirm}
            </Button>
          </>
        )
      }
    >
      {reveal.data ? (
        <div className="flex items-start gap-1 rounded-lg border border-line bg-sunken py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 py-1 font-mono text-[13px] break-all">{key ?? strings.noKey}</code>
          {key && <CopyButton text={() => key} />}
        </div>
      ) : (
        <p className="text-muted">{strings.revealBody}</p>
      )}
      {reveal.error && (
        <p role="alert" className="mt-2 text-[13px] text-danger">
          {toProblem(reveal.error).sentence}
        </p>
      )}
    </Dialog>
  );
}

import { FileText, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { LateDialog } from "../../ui/late-dialog.tsx";
import { strings } from "./messages.strings.ts";
import { linesOf } from "./pasted.ts";
import type { Pasted } from "./pasted.ts";

/** More than this is not laid out in the preview. */
const maxShownChars = 100_000;

type PastedCardProps = {
  pasted: Pasted;
  onRemove?: () => void;
  /** Puts it into the message as ordinary text. */
  onInline?: () => void;
};

/** A pasted text as a card; a click shows what is in it. */
export function PastedCard({ pasted, onRemove, onInline }: PastedCardProps) {
  const [isOpen, setOpen] = useState(false);
  const size = strings.pastedSize(linesOf(pasted), pasted.text.length);
  return (
    <div
      data-pasted={pasted.name}
      className="flex max-w-64 items-center rounded-xl border border-line bg-raised text-left"
    >
      <button
        type="button"
        aria-label={strings.showPasted(pasted.name)}
        onClick={() => setOpen(true)}
        className="flex min-w-0 flex-1 items-center gap-2.5 rounded-xl px-2.5 py-1.5 text-left hover:bg-hover"
      >
        <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent">
          <FileText aria-hidden className="size-4" />
        </span>
        <span className="min-w-0">
          <span className="block truncate text-[13px] leading-5 font-medium">{pasted.name}</span>
          <span className="block truncate text-xs text-muted tabular-nums">{size}</span>
        </span>
      </button>
      {onRemove && (
        <IconButton label={strings.removePasted(pasted.name)} size="small" className="mr-1" onClick={onRemove}>
          <X />
        </IconButton>
      )}
      {isOpen && (
        <LateDialog
          title={pasted.name}
          wide
          onClose={() => setOpen(false)}
          actions={
            <>
              <CopyButton text={() => pasted.text} />
              {onInline && (
                <Button size="small" onClick={onInline}>
                  {strings.inlinePasted}
                </Button>
              )}
            </>
          }
        >
          <p className="mb-2 text-[13px] text-muted tabular-nums">{size}</p>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also with the keyboard */}
          <pre tabIndex={0} className="max-h-[50vh] overflow-auto rounded-xl bg-sunken p-3 font-mono text-[12.5px]">
            {pasted.text.slice(0, maxShownChars)}
          </pre>
        </LateDialog>
      )}
    </div>
  );
}

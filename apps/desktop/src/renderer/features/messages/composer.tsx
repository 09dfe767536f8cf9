import { ArrowUp, Square } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { useMedia } from "../../ui/use-media.ts";
import { pasteLongText } from "../../ui/long-paste.ts";
import { isComposing } from "./composing.ts";
import { strings } from "./messages.strings.ts";

type ComposerProps = {
  text: string;
  onText: (text: string) => void;
  onSend: () => void;
  /** Absent while nothing is being written. */
  onStop: (() => void) | null;
  canSend: boolean;
  /** Stands left below the text: the choices of model and of tools. */
  tools: ReactNode;
};

/** Where the browser cannot fit a field to its text, lines that were typed are counted. */
const maxRows = 10;

export function Composer({ text, onText, onSend, onStop, canSend, tools }: ComposerProps) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const hasPointer = useMedia("(hover: hover)");

  useEffect(() => {
    // On a phone this would open the keyboard over what one came to read.
    if (hasPointer) ref.current?.focus();
  }, [hasPointer]);

  const isReady = canSend && text.trim() !== "" && onStop === null;
  return (
    <form
      className="rounded-2xl border border-line-strong bg-raised p-2 shadow-card transition-colors focus-within:border-accent/60"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onSend();
      }}
    >
      <textarea
        ref={ref}
        rows={Math.min(maxRows, text.split("\n", maxRows).length)}
        value={text}
        aria-label={strings.message}
        placeholder={strings.placeholder}
        title={strings.composerHint}
        enterKeyHint="send"
        onPaste={(event) => pasteLongText(event, onText)}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
          event.preventDefault();
          if (isReady) onSend();
        }}
        className="block field-sizing-content max-h-[260px] min-h-9 w-full resize-none bg-transparent px-2 py-1.5 text-[15px] leading-6 outline-none placeholder:text-faint"
      />
      <div className="mt-1 flex items-center gap-2">
        <div className="flex min-w-0 flex-1 items-center gap-0.5">{tools}</div>
        {onStop ? (
          <button
            type="button"
            aria-label={strings.stop}
            title={strings.stopHint}
            onClick={onStop}
            className="grid size-[34px] shrink-0 place-items-center rounded-full bg-ink text-page hover:opacity-85"
          >
            <Square aria-hidden className="size-3.5 fill-current" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label={strings.send}
            title={strings.send}
            disabled={!isReady}
            className="grid size-[34px] shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-active disabled:text-faint"
          >
            <ArrowUp aria-hidden className="size-[18px]" />
          </button>
        )}
      </div>
    </form>
  );
}

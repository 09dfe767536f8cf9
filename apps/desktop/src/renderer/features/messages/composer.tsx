import { ArrowUp, ListPlus, Square } from "lucide-react";
import { useEffect, useRef } from "react";
import type { ClipboardEvent, ReactNode } from "react";
import { useStore } from "../../api/store.ts";
import { pasteLongText } from "../../ui/long-paste.ts";
import { useMedia } from "../../ui/use-media.ts";
import { AttachButton, AttachingFiles } from "../files/attaching-list.tsx";
import type { AttachingList } from "../files/attaching.ts";
import { isComposing } from "./composing.ts";
import { strings } from "./messages.strings.ts";
import { isLongPaste, maxMessageBytes, withPasted } from "./pasted.ts";
import { PastedCard } from "./pasted-card.tsx";
import type { Draft } from "./use-draft.ts";

type ComposerProps = {
  draft: Draft;
  files: AttachingList;
  onSend: (content: string) => void;
  /** Absent while nothing is being written; meanwhile what is sent is queued. */
  onStop: (() => void) | null;
  canSend: boolean;
  /** Stands left below the text: the choices of model and of tools. */
  tools: ReactNode;
  /** Stands right below the text. */
  gauge?: ReactNode;
  /** What to know of it before it is sent. */
  warning?: string | null;
};

/** Where the browser cannot fit a field to its text, lines that were typed are counted. */
const maxRows = 10;
const encoder = new TextEncoder();

export function Composer({ draft, files, onSend, onStop, canSend, tools, gauge, warning }: ComposerProps) {
  const { text, setText, pasted, setPasted } = draft;
  const ref = useRef<HTMLTextAreaElement>(null);
  const hasPointer = useMedia("(hover: hover)");

  useEffect(() => {
    // On a phone this would open the keyboard over what one came to read.
    if (hasPointer) ref.current?.focus();
  }, [hasPointer]);

  const isTooLarge = pasted.length > 0 && encoder.encode(withPasted(text, pasted)).length > maxMessageBytes;
  const attaching = useStore(files);
  const hasContent = text.trim() !== "" || pasted.length > 0 || attaching.length > 0;
  const isReady = canSend && hasContent && !isTooLarge && attaching.every(({ state }) => state === "ready");
  const send = () => {
    if (isReady) onSend(withPasted(text, pasted));
  };

  function onPaste(event: ClipboardEvent<HTMLTextAreaElement>): void {
    const pastedFiles = [...event.clipboardData.files];
    // A copied table is words, and a picture of them.
    if (pastedFiles.length > 0 && !event.clipboardData.types.includes("text/plain")) {
      event.preventDefault();
      return files.add(pastedFiles);
    }
    const long = event.clipboardData.getData("text/plain").replaceAll("\r\n", "\n");
    if (!isLongPaste(long)) return pasteLongText(event, setText);
    event.preventDefault();
    const taken = new Set(pasted.map(({ name }) => name));
    let number = 1;
    while (taken.has(strings.pastedName(number))) number++;
    setPasted([...pasted, { name: strings.pastedName(number), text: long }]);
  }

  return (
    <form
      data-composer
      className="rounded-2xl border border-line-strong bg-raised p-2 shadow-card transition-colors focus-within:border-accent/60"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <AttachingFiles list={files} />
      {pasted.length > 0 && (
        <ul className="flex flex-wrap gap-2 px-1 pt-1 pb-1.5" aria-label={strings.attachments}>
          {pasted.map((one) => (
            <li key={one.name}>
              <PastedCard
                pasted={one}
                onRemove={() => setPasted(pasted.filter((other) => other !== one))}
                onInline={() => {
                  setText(text === "" ? one.text : `${text}\n\n${one.text}`);
                  setPasted(pasted.filter((other) => other !== one));
                }}
              />
            </li>
          ))}
        </ul>
      )}
      {warning && (
        <p role="status" className="px-2 pb-1 text-[13px] text-warn">
          {warning}
        </p>
      )}
      {isTooLarge && (
        <p role="alert" className="px-2 pb-1 text-[13px] text-danger">
          {strings.tooLarge}
        </p>
      )}
      <textarea
        ref={ref}
        rows={Math.min(maxRows, text.split("\n", maxRows).length)}
        value={text}
        aria-label={strings.message}
        placeholder={onStop ? strings.placeholderQueue : strings.placeholder}
        title={strings.composerHint}
        enterKeyHint="send"
        onPaste={onPaste}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
          event.preventDefault();
          send();
        }}
        className="block field-sizing-content max-h-[260px] min-h-9 w-full resize-none bg-transparent px-2 py-1.5 text-[15px] leading-6 outline-none placeholder:text-faint"
      />
      <div className="mt-1 flex items-center gap-1.5">
        <div className="flex min-w-0 flex-1 items-center gap-0.5">
          <AttachButton onFiles={files.add} />
          {tools}
        </div>
        {gauge}
        {onStop && (
          <button
            type="button"
            aria-label={strings.stop}
            title={strings.stopHint}
            onClick={onStop}
            className="grid size-[34px] shrink-0 place-items-center rounded-full bg-ink text-page hover:opacity-85"
          >
            <Square aria-hidden className="size-3.5 fill-current" />
          </button>
        )}
        {(!onStop || hasContent) && (
          <button
            type="submit"
            aria-label={onStop ? strings.queueThis : strings.send}
            title={onStop ? strings.queueThis : strings.send}
            disabled={!isReady}
            className="grid size-[34px] shrink-0 place-items-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-active disabled:text-muted"
          >
            {onStop ? (
              <ListPlus aria-hidden className="size-[17px]" />
            ) : (
              <ArrowUp aria-hidden className="size-[18px]" />
            )}
          </button>
        )}
      </div>
    </form>
  );
}

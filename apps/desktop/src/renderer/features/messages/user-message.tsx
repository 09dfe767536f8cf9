import { attachmentsOf } from "@chatee/shared/attachments";
import type { Message } from "@chatee/shared/messages";
import { Pencil } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "../../api/store.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { momentOf } from "../../ui/moment.ts";
import { pasteLongText } from "../../ui/long-paste.ts";
import { forgetKept, isKept, useKept } from "../../ui/use-kept.ts";
import { MessageFiles } from "../files/file-chip.tsx";
import { useChat } from "./chat-context.tsx";
import { isComposing } from "./composing.ts";
import { MessageLink } from "./message-link.tsx";
import { strings } from "./messages.strings.ts";
import { SiblingSwitcher } from "./sibling-switcher.tsx";
import { useBusy } from "./use-busy.ts";
import { UserText } from "./user-text.tsx";

/** Its new words survive that the row is scrolled away. */
const draftId = (messageId: string) => `edit ${messageId}`;

export const bubble = "max-w-[85%] rounded-2xl bg-bubble px-4 py-2.5 text-[15px] leading-[1.6]";

export function UserMessage({ message, isLast }: { message: Message; isLast: boolean }) {
  const { store } = useChat();
  const isWriting = useStore(store).streamingId !== null;
  const [isEditing, setEditing] = useState(() => isKept(draftId(message.messageId)));
  const files = useMemo(() => attachmentsOf(message), [message]);
  if (isEditing) {
    const onDone = () => {
      forgetKept(draftId(message.messageId));
      setEditing(false);
    };
    return <Editor message={message} onDone={onDone} />;
  }
  return (
    <section aria-label={strings.you} className="group/row flex flex-col items-end pt-5 pb-1">
      <MessageFiles files={files} />
      {message.content.trim() !== "" && (
        <div className={bubble}>
          <UserText text={message.content} />
        </div>
      )}
      <div
        className={classNames(
          "mt-1 flex min-h-7 items-center gap-0.5 transition-opacity",
          !isLast &&
            (message.siblingIds?.length ?? 0) < 2 &&
            "opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 pointer-coarse:opacity-100",
        )}
      >
        <CopyButton label={strings.copyMessage} text={() => message.content} />
        <MessageLink messageId={message.messageId} sessionId={message.sessionId} />
        <IconButton label={strings.editMessage} size="small" disabled={isWriting} onClick={() => setEditing(true)}>
          <Pencil />
        </IconButton>
        <SiblingSwitcher message={message} isBusy={isWriting} />
        <time dateTime={new Date(message.createdAtMs).toISOString()} className="ml-1.5 text-xs text-faint">
          {momentOf(message.createdAtMs)}
        </time>
      </div>
    </section>
  );
}

function Editor({ message, onDone }: { message: Message; onDone: () => void }) {
  const { actions, chosen, store } = useChat();
  const isWriting = useStore(store).streamingId !== null;
  const id = draftId(message.messageId);
  const [wasKept] = useState(() => isKept(id));
  const [text, setText] = useKept(id, () => message.content);
  const [isBusy, run] = useBusy();
  const ref = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Scrolled back into view, it must not take the focus from where one is by now.
    if (wasKept) return;
    ref.current?.focus();
    ref.current?.setSelectionRange(text.length, text.length);
    // eslint-disable-next-line react/exhaustive-deps -- only when the editor opens
  }, []);
  const canSend = (text.trim() !== "" || attachmentsOf(message).length > 0) && !isWriting;
  const send = () =>
    run(async () => {
      if (await actions.edit(message.messageId, text, chosen.get())) onDone();
    });
  return (
    <form
      className="my-3 rounded-2xl border border-line-strong bg-raised p-2.5 focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) send();
      }}
    >
      <textarea
        ref={ref}
        value={text}
        aria-label={strings.editMessage}
        onChange={(event) => setText(event.target.value)}
        onPaste={(event) => pasteLongText(event, setText)}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          }
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            if (canSend) send();
          }
        }}
        className="field-sizing-content max-h-[50vh] min-h-16 w-full resize-none bg-transparent px-1.5 text-[15px] leading-[1.6] outline-none"
      />
      <div className="flex justify-end gap-2">
        <Button size="small" look="quiet" onClick={onDone}>
          {strings.cancel}
        </Button>
        <Button size="small" look="primary" type="submit" busy={isBusy} disabled={!canSend}>
          {strings.saveEdit}
        </Button>
      </div>
    </form>
  );
}

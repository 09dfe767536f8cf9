import type { Message } from "@chatee/shared/messages";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { IconButton } from "../../ui/button.tsx";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";

/** `‹ 2/3 ›`: the other answers to the same message, or the other wordings of one. */
export function SiblingSwitcher({ message, isBusy }: { message: Message; isBusy: boolean }) {
  const { actions } = useChat();
  const siblings = message.siblingIds ?? [];
  const at = siblings.indexOf(message.messageId);
  if (siblings.length < 2 || at < 0) return null;
  const previous = siblings[at - 1];
  const next = siblings[at + 1];
  return (
    <div
      className="flex items-center text-[13px] text-muted"
      role="group"
      aria-label={strings.sibling(at + 1, siblings.length)}
    >
      <IconButton
        label={strings.previousSibling}
        size="small"
        disabled={previous === undefined || isBusy}
        onClick={() => void (previous && actions.showSibling(previous))}
      >
        <ChevronLeft />
      </IconButton>
      <span className="min-w-8 text-center tabular-nums">
        {at + 1}/{siblings.length}
      </span>
      <IconButton
        label={strings.nextSibling}
        size="small"
        disabled={next === undefined || isBusy}
        onClick={() => void (next && actions.showSibling(next))}
      >
        <ChevronRight />
      </IconButton>
    </div>
  );
}

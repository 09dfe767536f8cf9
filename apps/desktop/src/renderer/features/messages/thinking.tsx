import { Brain, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useNow } from "../../ui/use-now.ts";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";

/** What the model thought, folded away; while it thinks, how long it has been at it. */
export function Thinking({ messageId, text, isThinking }: { messageId: string; text: string; isThinking: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="group/thinking" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="-ml-1.5 inline-flex list-none items-center gap-1.5 rounded-md px-1.5 py-0.5 text-[13px] text-muted hover:bg-hover hover:text-ink">
        <Brain aria-hidden className="size-3.5" />
        {isThinking ? <Counting messageId={messageId} /> : <Counted messageId={messageId} />}
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/thinking:rotate-90" />
      </summary>
      {isOpen && (
        <div className="mt-1.5 ml-0.5 border-l-2 border-line pl-3.5 text-[13.5px] leading-relaxed break-words whitespace-pre-wrap text-muted">
          {text}
        </div>
      )}
    </details>
  );
}

function Counting({ messageId }: { messageId: string }) {
  useNow(1_000);
  const seconds = useChat().thinkingClock.secondsOf(messageId);
  return <span>{seconds ? strings.thinkingFor(seconds) : `${strings.thinking}…`}</span>;
}

function Counted({ messageId }: { messageId: string }) {
  const seconds = useChat().thinkingClock.secondsOf(messageId);
  return <span>{seconds === null ? strings.thought : strings.thoughtFor(seconds)}</span>;
}

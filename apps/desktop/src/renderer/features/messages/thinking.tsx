import type { Message } from "@chatee/shared/messages";
import { thinkingMs, thinkingSpansOf } from "@chatee/shared/thinking-spans";
import { Brain, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useNow } from "../../ui/use-now.ts";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";

/** What the model thought, folded away; while it thinks, how long it has been at it. */
export function Thinking(props: { message: Message; text: string; from: number; isThinking: boolean }) {
  const { message, text, from, isThinking } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="group/thinking" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="-ml-1.5 inline-flex list-none items-center gap-1.5 rounded-md px-1.5 py-0.5 text-[13px] text-muted hover:bg-hover hover:text-ink">
        <Brain aria-hidden className="size-3.5" />
        {isThinking ? (
          <Counting message={message} from={from} to={from + text.length} />
        ) : (
          <Counted message={message} from={from} to={from + text.length} />
        )}
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

type Stretch = { message: Message; from: number; to: number };

function Counting({ message, from, to }: Stretch) {
  useNow(1_000);
  const seconds = useChat().thinkingClock.secondsOf(message.messageId, from, to);
  return <span>{seconds ? strings.thinkingFor(seconds) : `${strings.thinking}…`}</span>;
}

/** As the server measured it; until it says, as this page saw it. */
function Counted({ message, from, to }: Stretch) {
  const { thinkingClock } = useChat();
  const measured = thinkingMs(thinkingSpansOf(message), from, to);
  const seconds =
    measured === null ? thinkingClock.secondsOf(message.messageId, from, to) : Math.round(measured / 1000);
  return <span>{seconds === null ? strings.thought : strings.thoughtFor(seconds)}</span>;
}

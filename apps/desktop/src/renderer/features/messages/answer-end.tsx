import type { Failure } from "@chatee/shared/failure";
import type { Message } from "@chatee/shared/messages";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CirclePause, RefreshCw, Settings2 } from "lucide-react";
import { failureSentence } from "../../api/failure-sentence.ts";
import { useStore } from "../../api/store.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";
import { useBusy } from "./use-busy.ts";

/** Failures whose way out is in the settings rather than in asking again. */
function isAboutConfig(failure: Failure): boolean {
  switch (failure.code) {
    case "llm.wrong_key":
    case "llm.no_such_model":
    case "llm.unreachable":
    case "llm.address_refused":
    case "llm.quota_exhausted":
    case "llm.no_config":
    case "llm.config_not_found":
    case "llm.config_disabled":
    case "secret.unreadable":
      return true;
    default:
      return false;
  }
}

/** Why an answer is not whole, as a sentence with a way out; nothing when it is. */
export function AnswerEnd({ message, isLast }: { message: Message; isLast: boolean }) {
  if (message.status === "failed") return <Failed message={message} isLast={isLast} />;
  const sentence =
    message.status === "cancelled"
      ? strings.stopped
      : message.status === "interrupted"
        ? strings.interrupted
        : message.ext?.["finishReason"] === "length"
          ? strings.cutOff
          : null;
  if (sentence === null) return null;
  return (
    <p data-part="end" className="mt-3 flex items-center gap-2 text-[13px] text-muted">
      <CirclePause aria-hidden className="size-4 shrink-0" />
      {sentence}
    </p>
  );
}

function Failed({ message, isLast }: { message: Message; isLast: boolean }) {
  const { actions, chosen, store } = useChat();
  const isWriting = useStore(store).streamingId !== null;
  const [isBusy, run] = useBusy();
  const { failure } = message;
  return (
    <Notice
      tone="danger"
      className="mt-3"
      icon={<CircleAlert aria-hidden />}
      actions={
        <>
          {failure && isAboutConfig(failure) && (
            <Link
              to="/settings/$screen"
              params={{ screen: "models" }}
              className="inline-flex h-7 items-center gap-1.5 rounded-md border border-danger-line bg-raised px-2.5 text-[13px] font-medium hover:bg-hover"
            >
              <Settings2 aria-hidden className="size-3.5" />
              {strings.openSettings}
            </Link>
          )}
          {isLast && (
            <Button
              size="small"
              busy={isBusy}
              disabled={isWriting}
              onClick={() => run(() => actions.regenerate(message.messageId, chosen.get()))}
            >
              <RefreshCw aria-hidden className="size-3.5" />
              {strings.retry}
            </Button>
          )}
        </>
      }
    >
      {failure ? failureSentence(failure) : strings.interrupted}
    </Notice>
  );
}

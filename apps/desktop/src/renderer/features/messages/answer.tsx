import type { Message } from "@chatee/shared/messages";
import { unavailableServersOf } from "@chatee/shared/unavailable-servers";
import { Link } from "@tanstack/react-router";
import { ArrowDownToLine, RefreshCw, Unplug } from "lucide-react";
import { useMemo } from "react";
import { failureSentence } from "../../api/failure-sentence.ts";
import { useStore } from "../../api/store.ts";
import { useApi } from "../../api/trpc.tsx";
import { IconButton } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { momentOf } from "../../ui/moment.ts";
import { Notice } from "../../ui/notice.tsx";
import { AnswerEnd } from "./answer-end.tsx";
import { useChat } from "./chat-context.tsx";
import { MarkdownText } from "./markdown-text.tsx";
import { MessageLink } from "./message-link.tsx";
import { strings } from "./messages.strings.ts";
import { toSegments } from "./segments.ts";
import { SiblingSwitcher } from "./sibling-switcher.tsx";
import { Thinking } from "./thinking.tsx";
import { ToolCard } from "./tool-card.tsx";
import { useBusy } from "./use-busy.ts";

export function Answer({ message, isLast }: { message: Message; isLast: boolean }) {
  const segments = useMemo(() => toSegments(message), [message]);
  const isStreaming = message.status === "streaming";
  return (
    <section aria-label={strings.answerFrom(message.model)} aria-busy={isStreaming} className="group/row pt-1.5 pb-2">
      <MissingTools message={message} />
      <div className="space-y-3.5" data-part="body">
        {segments.map((segment, index) => {
          const isGrowing = isStreaming && index === segments.length - 1;
          switch (segment.kind) {
            case "thinking":
              return (
                <Thinking
                  key={segment.key}
                  message={message}
                  text={segment.text}
                  from={segment.from}
                  isThinking={isGrowing}
                />
              );
            case "content":
              return (
                <div key={segment.key} data-part="content">
                  <MarkdownText text={segment.text} isGrowing={isGrowing} />
                </div>
              );
            case "tool":
              return <ToolCard key={segment.key} call={segment.call} messageId={message.messageId} />;
          }
        })}
        {isStreaming && <Writing isThinking={segments.at(-1)?.kind === "thinking"} />}
      </div>
      {!isStreaming && <AnswerEnd message={message} isLast={isLast} />}
      {!isStreaming && <Actions message={message} isLast={isLast} />}
    </section>
  );
}

/** Why tools that one counts on were not there. */
function MissingTools({ message }: { message: Message }) {
  const servers = unavailableServersOf(message);
  if (servers.length === 0) return null;
  return (
    <Notice
      tone="warn"
      className="mb-3 text-[13px]"
      icon={<Unplug aria-hidden />}
      actions={
        <Link
          to="/settings/$screen"
          params={{ screen: "mcp" }}
          className="inline-flex h-7 items-center rounded-md border border-warn-line bg-raised px-2.5 text-[13px] font-medium hover:bg-hover"
        >
          {strings.openServers}
        </Link>
      }
    >
      {servers.map(({ serverId, name, failure }) => (
        <p key={serverId}>{strings.toolsMissing(name ?? serverId, failureSentence(failure))}</p>
      ))}
    </Notice>
  );
}

function Writing({ isThinking }: { isThinking: boolean }) {
  const { store } = useChat();
  const { retrying } = useStore(store);
  const isLost = useStore(useApi().connection) === "lost";
  if (isLost) return <p className="flex h-6 items-center text-[13px] text-muted">{strings.reconnecting}</p>;
  if (retrying) return <Retrying {...retrying} />;
  // That it thinks is said by the line which counts the seconds.
  if (isThinking) return null;
  return (
    <div role="status" className="flex h-6 items-center">
      <span className="writing-dot" />
      <span className="sr-only">{strings.writing}</span>
    </div>
  );
}

function Retrying({
  attempt,
  failure,
}: NonNullable<ReturnType<ReturnType<typeof useChat>["store"]["get"]>["retrying"]>) {
  return (
    <p role="status" className="flex items-center gap-2.5 text-[13px] text-muted">
      <span className="writing-dot bg-warn!" />
      {strings.retryingNow(attempt, failureSentence(failure))}
    </p>
  );
}

function Actions({ message, isLast }: { message: Message; isLast: boolean }) {
  const { actions, chosen, store } = useChat();
  const isWriting = useStore(store).streamingId !== null;
  const [isBusy, run] = useBusy();
  const canContinue =
    isLast &&
    (["interrupted", "cancelled", "failed"].includes(message.status) || message.ext?.["finishReason"] === "length");
  return (
    <div
      className={classNames(
        "mt-1.5 -ml-1.5 flex min-h-7 flex-wrap items-center gap-x-0.5 gap-y-1 transition-opacity",
        !isLast &&
          "opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 pointer-coarse:opacity-100",
      )}
    >
      <SiblingSwitcher message={message} isBusy={isWriting} />
      {message.content !== "" && <CopyButton label={strings.copyAnswer} text={() => message.content} />}
      <MessageLink messageId={message.messageId} sessionId={message.sessionId} />
      <IconButton
        label={strings.regenerate}
        size="small"
        disabled={isBusy || isWriting}
        onClick={() => run(() => actions.regenerate(message.messageId, chosen.get()))}
      >
        <RefreshCw />
      </IconButton>
      {canContinue && (
        <button
          type="button"
          disabled={isBusy || isWriting}
          onClick={() => run(() => actions.continue(message.messageId))}
          className="ml-1 inline-flex h-7 items-center gap-1.5 rounded-md border border-line-strong px-2.5 text-[13px] font-medium hover:bg-hover disabled:opacity-50"
        >
          <ArrowDownToLine aria-hidden className="size-3.5" />
          {strings.continue}
        </button>
      )}
      <span className="ml-2 flex min-w-0 gap-2 text-xs text-faint">
        {message.model && <span className="truncate">{message.model}</span>}
        <time dateTime={new Date(message.createdAtMs).toISOString()} className="hidden shrink-0 sm:inline">
          {momentOf(message.createdAtMs)}
        </time>
        {message.tokenCount !== null && message.tokenCount > 0 && (
          <span
            className="shrink-0 tabular-nums"
            title={message.tokenCountEstimated ? strings.estimated : strings.reported}
          >
            {strings.tokens(message.tokenCount, message.tokenCountEstimated)}
          </span>
        )}
      </span>
    </div>
  );
}

import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { Virtualizer } from "virtua";
import type { VirtualizerHandle } from "virtua";
import { useStore } from "../../api/store.ts";
import { Button } from "../../ui/button.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { useChat } from "./chat-context.tsx";
import { MessageRow } from "./message-row.tsx";
import { strings } from "./messages.strings.ts";
import type { Sending } from "./outbox.ts";
import { useOutbox } from "./outbox-context.tsx";
import { SendingRow } from "./sending-row.tsx";
import { useFollowScroll } from "./use-follow-scroll.ts";
import { usePlace } from "./use-place.ts";

/** Earlier messages are asked for when the reader is this close to the first loaded one. */
const loadOlderPx = 1_200;
const topPx = 16;
/** How high a message usually is. Taken for lower, many more than can be seen would be drawn when a chat is opened. */
const usualPx = 200;

/** The conversation: only what is near the view is in the page, however long it is. */
export function TranscriptList({
  sendings,
  placeId,
  onEdit,
  onDiscard,
}: {
  sendings: readonly Sending[];
  /** The message to bring into view; null for the end. */
  placeId: string | null;
  onEdit: (sending: Sending) => void;
  onDiscard: (sending: Sending) => void;
}) {
  const { store } = useChat();
  const outbox = useOutbox();
  const { ids, hasMore, older, streamingId } = useStore(store);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const { isFar, jump, release } = useFollowScroll(scroller, content);
  const markedId = usePlace({ placeId, list, release });

  const [drawn, setDrawn] = useState({ ids, count: sendings.length, isShifted: false });
  if (drawn.ids !== ids || drawn.count !== sendings.length) {
    // Older messages came in front or went: the place is then kept from the end instead of from the start.
    const isShifted = drawn.ids[0] !== ids[0] && (isFirstOf(drawn.ids, ids) || isFirstOf(ids, drawn.ids));
    setDrawn({ ids, count: sendings.length, isShifted });
  }

  const sent = sendings.at(-1)?.clientId ?? null;
  const seenSent = useRef<string | null | undefined>(undefined);
  useLayoutEffect(() => {
    // At first, and for what one has just sent oneself; not when it arrived and its row turned into a message.
    if (sent !== null || (seenSent.current === undefined && placeId === null)) jump();
    seenSent.current = sent;
    // oxlint-disable-next-line react/exhaustive-deps -- a place counts when the list is first drawn
  }, [jump, sent]);

  useEffect(() => {
    const element = scroller.current;
    const isNearTop = element !== null && element.scrollTop < loadOlderPx;
    if (isNearTop && ids.length > 0 && hasMore && older === "idle") store.loadOlder();
  }, [store, hasMore, older, ids]);

  useEffect(() => {
    if (streamingId === null && !isFar && placeId === null) store.trim();
  }, [store, streamingId, isFar, placeId]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label={strings.transcript}
        aria-live="off"
        tabIndex={-1}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] outline-none"
        onScroll={(event) => {
          if (hasMore && older === "idle" && event.currentTarget.scrollTop < loadOlderPx) store.loadOlder();
        }}
      >
        <div ref={content}>
          <div style={{ height: topPx }} />
          <Virtualizer
            ref={list}
            scrollRef={scroller}
            shift={drawn.isShifted}
            startMargin={topPx}
            itemSize={usualPx}
            bufferSize={600}
          >
            {ids.map((messageId, index) => (
              <MessageRow
                key={messageId}
                messageId={messageId}
                isLast={index === ids.length - 1}
                isMarked={messageId === markedId}
              />
            ))}
            {sendings.map((sending) => (
              <SendingRow
                key={sending.clientId}
                sending={sending}
                onRetry={() => outbox.retry(sending.clientId)}
                onDiscard={() => onDiscard(sending)}
                onEdit={() => onEdit(sending)}
              />
            ))}
            <div key="end" className="h-6" />
          </Virtualizer>
        </div>
      </div>
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 bottom-0 h-6 bg-linear-to-t from-page to-transparent"
      />
      {older !== "idle" && (
        <div className="pointer-events-none absolute inset-x-0 top-3 flex justify-center">
          <div
            role="status"
            className="appear pointer-events-auto flex items-center gap-2 rounded-full bg-raised px-3 py-1 text-[13px] text-muted shadow-pop"
          >
            {older === "loading" ? (
              <>
                <Spinner /> {strings.loadingOlder}
              </>
            ) : (
              <>
                {strings.olderFailed}
                <Button size="small" look="quiet" onClick={() => store.loadOlder()}>
                  {strings.retry}
                </Button>
              </>
            )}
          </div>
        </div>
      )}
      {isFar && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <button
            type="button"
            onClick={jump}
            className="appear pointer-events-auto flex h-8 items-center gap-1.5 rounded-full bg-raised px-3.5 text-[13px] font-medium shadow-pop hover:bg-hover"
          >
            <ArrowDown aria-hidden className="size-4 text-muted" />
            {strings.jump}
          </button>
        </div>
      )}
    </div>
  );
}

/** Whether the first of `some` stands anywhere in `all`. */
function isFirstOf(some: readonly string[], all: readonly string[]): boolean {
  return some[0] !== undefined && all.includes(some[0]);
}

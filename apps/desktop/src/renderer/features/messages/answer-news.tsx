import { useState } from "react";
import { useStore } from "../../api/store.ts";
import { useOpenInteractions } from "../interactions/interactions-context.tsx";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";

/** Says for a screen reader what happens to the answer: the transcript itself is too talkative to be read aloud as it grows. */
export function AnswerNews({ sessionId }: { sessionId: string }) {
  const { store } = useChat();
  const { streamingId } = useStore(store);
  const isAsked = useOpenInteractions().some((question) => question.sessionId === sessionId);
  const [seen, setSeen] = useState({ streamingId, news: "" });
  if (seen.streamingId !== streamingId) {
    const ended = seen.streamingId === null ? undefined : store.message(seen.streamingId);
    setSeen({ streamingId, news: streamingId === null ? newsOf(ended?.status) : strings.news.begun });
  }
  return (
    <p role="status" className="sr-only">
      {isAsked ? strings.news.asks : seen.news}
    </p>
  );
}

/** A failure is an alert of its own. */
function newsOf(status: string | undefined): string {
  switch (status) {
    case "completed":
      return strings.news.completed;
    case "cancelled":
      return strings.news.stopped;
    case "interrupted":
      return strings.news.interrupted;
    default:
      return "";
  }
}

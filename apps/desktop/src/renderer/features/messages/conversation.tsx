import { useNavigate } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "../../api/store.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { useChat } from "./chat-context.tsx";
import { column } from "./message-row.tsx";
import { strings } from "./messages.strings.ts";
import type { Sending } from "./outbox.ts";
import { TranscriptList } from "./transcript-list.tsx";

/** What was said so far, or why it is not here. */
export function Conversation(props: {
  sendings: readonly Sending[];
  isComing: boolean;
  /** The message to begin at; null for the end. */
  placeId: string | null;
  onEdit: (sending: Sending) => void;
  onDiscard: (sending: Sending) => void;
}) {
  const { store } = useChat();
  const navigate = useNavigate();
  const { phase, problem, ids } = useStore(store);
  const hasSomething = ids.length > 0 || props.sendings.length > 0;
  if (phase === "failed" && !props.isComing) {
    const isGone = problem?.kind === "failure" && problem.failure.code === "session.not_found";
    return (
      <div className={`${column} flex-1 pt-6`}>
        <Notice
          tone="danger"
          icon={<CircleAlert aria-hidden />}
          actions={
            isGone ? (
              <Button size="small" onClick={() => void navigate({ to: "/" })}>
                {strings.newChat}
              </Button>
            ) : (
              <Button size="small" onClick={() => store.start()}>
                {strings.retry}
              </Button>
            )
          }
        >
          {isGone ? strings.notFound : `${strings.loadFailed} ${problem?.sentence ?? ""}`}
        </Notice>
      </div>
    );
  }
  if (hasSomething)
    return (
      <TranscriptList
        sendings={props.sendings}
        placeId={props.placeId}
        onEdit={props.onEdit}
        onDiscard={props.onDiscard}
      />
    );
  if (phase === "loading") return <Loading />;
  return <p className={`${column} flex-1 pt-10 text-center text-muted`}>{strings.emptySession}</p>;
}

/** Most sessions are there before this would be read. */
const quietMs = 350;

function Loading() {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className="flex flex-1 items-center justify-center gap-3 text-muted">
      {isShown && (
        <>
          <Spinner /> {strings.loading}
        </>
      )}
    </div>
  );
}

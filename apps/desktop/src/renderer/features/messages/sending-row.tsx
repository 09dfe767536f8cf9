import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { MessageFiles } from "../files/file-chip.tsx";
import { column } from "./message-row.tsx";
import { strings } from "./messages.strings.ts";
import type { Sending } from "./outbox.ts";
import { bubble } from "./user-message.tsx";
import { UserText } from "./user-text.tsx";

type SendingRowProps = {
  sending: Sending;
  onRetry: () => void;
  onDiscard: () => void;
  /** Takes it back into the composer. */
  onEdit: () => void;
};

/** A message that the server has not confirmed yet. */
export function SendingRow({ sending, onRetry, onDiscard, onEdit }: SendingRowProps) {
  const isFailed = sending.state === "failed";
  return (
    <div className={column} data-sending={sending.state}>
      <section aria-label={strings.you} className="flex flex-col items-end pt-5 pb-1">
        <MessageFiles files={sending.attachments} />
        {sending.content.trim() !== "" && (
          <div className={bubble}>
            <UserText text={sending.content} />
          </div>
        )}
        {!isFailed && (
          <p role="status" className="mt-1 flex min-h-7 items-center gap-2 text-[13px] text-muted">
            {sending.state === "waiting" ? (
              strings.waiting
            ) : (
              <span className="appear [animation-delay:600ms] [animation-fill-mode:backwards]">{strings.sending}</span>
            )}
          </p>
        )}
        {isFailed && (
          <Notice
            tone="danger"
            className="mt-2 w-full"
            icon={<CircleAlert aria-hidden />}
            actions={
              <>
                {isAboutModels(sending) && (
                  <Link
                    to="/settings/$screen"
                    params={{ screen: "models" }}
                    className="inline-flex h-7 items-center rounded-md border border-line-strong bg-raised px-2.5 text-[13px] font-medium hover:bg-hover"
                  >
                    {strings.openSettings}
                  </Link>
                )}
                <Button size="small" onClick={onRetry}>
                  {strings.sendAgain}
                </Button>
                <Button size="small" look="quiet" onClick={onEdit}>
                  {strings.backToComposer}
                </Button>
                <Button size="small" look="quiet" onClick={onDiscard}>
                  {strings.discard}
                </Button>
              </>
            }
          >
            {strings.notSent} {sending.problem?.sentence}
          </Notice>
        )}
      </section>
    </div>
  );
}

function isAboutModels({ problem }: Sending): boolean {
  return (
    problem?.kind === "failure" &&
    (problem.failure.code.startsWith("llm.") || problem.failure.code.startsWith("secret."))
  );
}

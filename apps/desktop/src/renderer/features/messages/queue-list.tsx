import { ArrowUp, Pencil, X } from "lucide-react";
import { IconButton } from "../../ui/button.tsx";
import { strings } from "./messages.strings.ts";
import type { Sending } from "./outbox.ts";

type QueueListProps = {
  queued: readonly Sending[];
  onRemove: (sending: Sending) => void;
  onEdit: (sending: Sending) => void;
  /** Ends the answer that is being written, so that the first of these goes at once. */
  onSendNow: () => void;
};

/** What goes when the answer that is being written has ended, in this order. */
export function QueueList({ queued, onRemove, onEdit, onSendNow }: QueueListProps) {
  if (queued.length === 0) return null;
  return (
    <section
      aria-label={strings.queue}
      className="mx-3 rounded-t-xl border border-b-0 border-line bg-sunken px-1.5 py-1"
    >
      <ol>
        {queued.map((sending, index) => (
          <li key={sending.clientId} data-sending="queued" className="flex min-h-8 items-center gap-1.5 pl-2">
            <span className="shrink-0 text-xs text-faint tabular-nums">{index + 1}</span>
            <span className="min-w-0 flex-1 truncate text-[13px]">
              {sending.content.slice(0, 300) || sending.attachments.map(({ name }) => name).join(", ")}
            </span>
            {index === 0 && (
              <IconButton label={strings.sendNow} size="small" onClick={onSendNow}>
                <ArrowUp />
              </IconButton>
            )}
            <IconButton label={strings.editQueued} size="small" onClick={() => onEdit(sending)}>
              <Pencil />
            </IconButton>
            <IconButton label={strings.removeQueued} size="small" onClick={() => onRemove(sending)}>
              <X />
            </IconButton>
          </li>
        ))}
      </ol>
    </section>
  );
}

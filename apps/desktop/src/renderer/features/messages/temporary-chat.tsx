import { temporaryLifetimeMs } from "@chatee/shared/session-lifetime";
import type { Session } from "@chatee/shared/sessions";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessageCircleDashed } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { toast } from "../../ui/toast.tsx";
import { noteSession } from "../sessions/session-cache.ts";
import { strings } from "./messages.strings.ts";
import { chooseChatType, newChatType } from "./new-chat-type.ts";

/** Where such a session is not, and when it is deleted. */
export const temporaryHint = (): string => strings.temporaryHint(temporaryLifetimeMs / 3_600_000);

/** Whether the chat that begins here is kept. */
export function TemporaryToggle() {
  const isOn = useStore(newChatType) === "temporary";
  return (
    <IconButton
      label={strings.temporaryChat}
      hint={temporaryHint()}
      aria-pressed={isOn}
      onClick={() => chooseChatType(isOn ? "memory" : "temporary")}
    >
      <MessageCircleDashed aria-hidden />
    </IconButton>
  );
}

/** Says that the open session goes by itself, and offers to keep it. Without `session` it is still being made. */
export function TemporaryBadge({ session }: { session: Session | undefined }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const keep = useMutation(
    trpc.sessions.update.mutationOptions({
      onSuccess(kept) {
        noteSession(queryClient, trpc, kept);
        toast(strings.kept);
      },
      onError: (error) => toast(toProblem(error).sentence),
    }),
  );
  return (
    <>
      <span
        title={temporaryHint()}
        className="inline-flex shrink-0 items-center gap-1 rounded-full border border-line px-2 py-px text-[11.5px] font-medium text-muted"
      >
        <MessageCircleDashed aria-hidden className="size-3.5" />
        <span className="max-sm:sr-only">{strings.temporary}</span>
      </span>
      <Button
        look="quiet"
        size="small"
        busy={keep.isPending}
        disabled={session === undefined}
        onClick={() => session && keep.mutate({ sessionId: session.sessionId, sessionType: "memory" })}
      >
        {strings.keepChat}
      </Button>
    </>
  );
}

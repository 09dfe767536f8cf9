import type { Session } from "@chatee/shared/sessions";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTRPC } from "../../api/trpc.tsx";
import { noteSession, refreshSessions } from "./session-cache.ts";

/** Pins a session, or lets a pinned one go; the list shows what the server made of it. */
export function usePin(): (session: Session) => void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { mutate } = useMutation(
    trpc.sessions.update.mutationOptions({
      onSuccess: (updated) => noteSession(queryClient, trpc, updated),
      onError: () => void refreshSessions(queryClient, trpc),
    }),
  );
  return useCallback(
    ({ sessionId, pinnedAtMs }: Session) => mutate({ sessionId, pinned: pinnedAtMs === null }),
    [mutate],
  );
}

import type { SessionPage } from "@chatee/shared/sessions";
import type { InfiniteData } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useTRPC } from "../../api/trpc.tsx";
import { pinnedList } from "./session-cache.ts";

/** Opens the session that stands so many lines further down in the list that was loaded last; the ends stop it. */
export function useSessionSteps(): (lines: number) => void {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const openId = useParams({ strict: false }).sessionId;
  return (lines) => {
    const lists = queryClient.getQueriesData<InfiniteData<SessionPage>>(trpc.sessions.list.infiniteQueryFilter());
    const pinned = queryClient.getQueryData(trpc.sessions.list.queryKey(pinnedList))?.sessions ?? [];
    const listed = (lists.at(-1)?.[1]?.pages ?? []).flatMap(({ sessions }) => sessions);
    const ids = [...new Set([...pinned, ...listed].map(({ sessionId }) => sessionId))];
    const at = openId === undefined ? -1 : ids.indexOf(openId);
    const sessionId = ids[Math.max(0, Math.min(at + lines, ids.length - 1))];
    if (sessionId !== undefined) void navigate({ to: "/sessions/$sessionId", params: { sessionId } });
  };
}

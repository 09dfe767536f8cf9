import type { Session } from "@chatee/shared/sessions";
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useMemo } from "react";
import { useTRPC } from "../../api/trpc.tsx";
import { pinnedList, refreshSessions } from "./session-cache.ts";

const pageLimit = 60;
/** The server says when there is news; servers that share a database and no Redis may not hear of each other's. */
const writingPollMs = 10_000;
const quietPollMs = 45_000;
/** News have every loaded page read again, so they wait for a reader who went far down. */
const maxPolledPages = 3;

const none: Session[] = [];

/** The pinned sessions; then the newest first, page by page; with `query` those that match, wherever they stand. */
export function useSessions(query: string) {
  const trpc = useTRPC();
  const list = useInfiniteQuery(
    trpc.sessions.list.infiniteQueryOptions(
      { limit: pageLimit, ...(query === "" ? {} : { query }) },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        refetchOnWindowFocus: true,
        refetchInterval({ state }) {
          const pages = state.data?.pages ?? [];
          if (pages.length > maxPolledPages) return false;
          const isWriting = pages.some(({ sessions }) => sessions.some(({ activeRunId }) => activeRunId !== null));
          return isWriting ? writingPollMs : quietPollMs;
        },
      },
    ),
  );
  const pinned = useQuery(trpc.sessions.list.queryOptions(pinnedList, { refetchOnWindowFocus: true }));
  const queryClient = useQueryClient();
  const pageCount = list.data?.pages.length ?? 0;
  function onData(): void {
    if (pageCount <= maxPolledPages) void refreshSessions(queryClient, trpc);
  }
  useSubscription(trpc.sessions.changes.subscriptionOptions(undefined, { onData }));
  const sessions = useMemo(() => {
    const seen = new Set<string>();
    // A session that moved up between two pages would otherwise be listed twice.
    return (list.data?.pages ?? [])
      .flatMap((page) => page.sessions)
      .filter(({ sessionId }) => !seen.has(sessionId) && seen.add(sessionId));
  }, [list.data]);
  return { ...list, sessions, pinned: query === "" ? (pinned.data?.sessions ?? none) : none };
}

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTRPC } from "../../api/trpc.tsx";

const pageLimit = 60;
/** News of sessions that are not open come by asking: often while an answer is being written somewhere, else seldom. */
const writingPollMs = 3_000;
const quietPollMs = 45_000;
/** Polling reads every loaded page again, so it stops for a reader who went far down. */
const maxPolledPages = 3;

/** The newest sessions first, page by page; with `query` those that match. */
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
  const sessions = useMemo(() => {
    const seen = new Set<string>();
    // A session that moved up between two pages would otherwise be listed twice.
    return (list.data?.pages ?? [])
      .flatMap((page) => page.sessions)
      .filter(({ sessionId }) => !seen.has(sessionId) && seen.add(sessionId));
  }, [list.data]);
  return { ...list, sessions };
}

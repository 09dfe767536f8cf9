import type { Session, SessionPage } from "@chatee/shared/sessions";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { useTRPC } from "../../api/trpc.tsx";

type Trpc = ReturnType<typeof useTRPC>;
/** What the sidebar asks for above all else. */
export const pinnedList = { limit: 300, pinned: true };
type Pages = InfiniteData<SessionPage, string | null>;

/** The list as one update leaves it: the session replaced, and moved to where its time puts it. */
export function withSession(pages: Pages, session: Session): Pages {
  const isIt = ({ sessionId }: Session) => sessionId === session.sessionId;
  if (!pages.pages.some(({ sessions }) => sessions.some(isIt))) return pages;
  const rest = pages.pages.map((page) => ({ ...page, sessions: page.sessions.filter((one) => !isIt(one)) }));
  const isOlder = (one: Session) => one.updatedAtMs <= session.updatedAtMs;
  const found = rest.findIndex(({ sessions }) => sessions.some(isOlder));
  const pageAt = found < 0 ? rest.length - 1 : found;
  return {
    ...pages,
    pages: rest.map((page, index) => {
      if (index !== pageAt) return page;
      const at = page.sessions.findIndex(isOlder);
      return { ...page, sessions: page.sessions.toSpliced(at < 0 ? page.sessions.length : at, 0, session) };
    }),
  };
}

/** The pinned ones as one update leaves them: each in its place, the last one pinned first. */
export function withPin(page: SessionPage, session: Session): SessionPage {
  const others = page.sessions.filter(({ sessionId }) => sessionId !== session.sessionId);
  const sessions = session.pinnedAtMs === null ? others : [...others, session];
  return { ...page, sessions: sessions.toSorted((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0)) };
}

/** Takes in what an event told of a session; a list that does not know it is read again. */
export function noteSession(queryClient: QueryClient, trpc: Trpc, session: Session): void {
  queryClient.setQueryData(trpc.sessions.get.queryKey({ sessionId: session.sessionId }), session);
  queryClient.setQueryData(
    trpc.sessions.list.queryKey(pinnedList),
    (page: SessionPage | undefined) => page && withPin(page, session),
  );
  let isListed = false;
  queryClient.setQueriesData<Pages>(trpc.sessions.list.infiniteQueryFilter(), (pages) => {
    if (!pages) return pages;
    const next = withSession(pages, session);
    isListed ||= next !== pages;
    return next;
  });
  if (!isListed) void refreshSessions(queryClient, trpc);
}

export async function refreshSessions(queryClient: QueryClient, trpc: Trpc): Promise<void> {
  await queryClient.invalidateQueries(trpc.sessions.list.pathFilter());
}

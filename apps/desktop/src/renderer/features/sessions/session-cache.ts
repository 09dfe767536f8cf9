import type { Session, SessionNews, SessionPage } from "@chatee/shared/sessions";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { useTRPC } from "../../api/trpc.tsx";

type Trpc = ReturnType<typeof useTRPC>;
/** What the sidebar asks for above all else. */
export const pinnedList = { limit: 300, pinned: true };
type Pages = InfiniteData<SessionPage, string | null>;

/** The list as one update leaves it: the session replaced, and moved to where its time puts it. */
export function withSession(pages: Pages, news: SessionNews): Pages {
  const isIt = ({ sessionId }: Session) => sessionId === news.sessionId;
  const known = pages.pages.flatMap(({ sessions }) => sessions).find(isIt);
  if (!known) return pages;
  const session: Session = { ...known, ...news };
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
export function withPin(page: SessionPage, news: SessionNews, known: Session | undefined): SessionPage {
  const isIt = ({ sessionId }: Session) => sessionId === news.sessionId;
  const others = page.sessions.filter((one) => !isIt(one));
  const before = page.sessions.find(isIt) ?? known;
  const sessions = news.pinnedAtMs === null || !before ? others : [...others, { ...before, ...news }];
  return { ...page, sessions: sessions.toSorted((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0)) };
}

/** Takes in what an event told of a session; a list that does not know it is read again. */
export function noteSession(queryClient: QueryClient, trpc: Trpc, session: SessionNews): void {
  const known = knownSession(queryClient, trpc, session.sessionId);
  queryClient.setQueryData(
    trpc.sessions.get.queryKey({ sessionId: session.sessionId }),
    (before: Session | undefined) => before && { ...before, ...session },
  );
  queryClient.setQueryData(
    trpc.sessions.list.queryKey(pinnedList),
    (page: SessionPage | undefined) => page && withPin(page, session, known),
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

function knownSession(queryClient: QueryClient, trpc: Trpc, sessionId: string): Session | undefined {
  const lists = queryClient.getQueriesData<Pages>(trpc.sessions.list.infiniteQueryFilter());
  const listed = lists.flatMap(([, pages]) => pages?.pages ?? []).flatMap(({ sessions }) => sessions);
  return (
    listed.find((session) => session.sessionId === sessionId) ??
    queryClient.getQueryData(trpc.sessions.get.queryKey({ sessionId }))
  );
}

export async function refreshSessions(queryClient: QueryClient, trpc: Trpc): Promise<void> {
  await queryClient.invalidateQueries(trpc.sessions.list.pathFilter());
}

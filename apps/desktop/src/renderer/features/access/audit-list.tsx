import { auditActions } from "@chatee/shared/access";
import type { AuditEntry } from "@chatee/shared/access";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { momentOf } from "../../ui/moment.ts";
import { strings } from "./audit.strings.ts";

const pageSize = 20;

/** What was done with keys and tokens, as the server noted it when it happened. */
export function AuditList() {
  const trpc = useTRPC();
  const titleId = useId();
  const list = useInfiniteQuery(
    // What was noted a moment ago, on whichever screen, is what one comes here to see.
    trpc.access.audit.infiniteQueryOptions(
      { limit: pageSize },
      { getNextPageParam: ({ nextCursor }) => nextCursor, staleTime: 0 },
    ),
  );
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section aria-labelledby={titleId} className="mt-10">
      <h2 id={titleId} className="font-semibold">
        {strings.title}
      </h2>
      <p className="mt-1 mb-3 text-[13px] text-muted">{strings.hint}</p>
      {list.isPending && <Loading>{strings.loading}</Loading>}
      {list.isError && (
        <LoadFailed retry={strings.retry} onRetry={() => void list.refetch()}>
          {strings.loadFailed} {toProblem(list.error).sentence}
        </LoadFailed>
      )}
      {list.isSuccess && entries.length === 0 && <p className="text-muted">{strings.empty}</p>}
      {entries.length > 0 && (
        <ul aria-labelledby={titleId} className="divide-y divide-line rounded-2xl border border-line bg-raised">
          {entries.map((entry) => (
            <li key={entry.auditId} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2.5">
              <span className="font-medium">{actionOf(entry)}</span>
              <span className="min-w-32 flex-1 truncate text-muted">{subjectOf(entry)}</span>
              <time dateTime={new Date(entry.atMs).toISOString()} className="text-[13px] text-muted tabular-nums">
                {momentOf(entry.atMs)}
              </time>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button className="mt-3" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </section>
  );
}

/** What a later version noted has no words here: it is called what it is called there. */
function actionOf({ action }: AuditEntry): string {
  const known = auditActions.find((one) => one === action);
  return known === undefined ? action : strings.actions[known];
}

function subjectOf({ subject, subjectId, name }: AuditEntry): string {
  if (subject === "models") return strings.allModels;
  if (subject === "browser") return strings.browser;
  return name ?? strings.gone(subjectId);
}

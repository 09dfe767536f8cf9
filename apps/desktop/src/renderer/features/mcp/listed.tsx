import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { toProblem } from "../../api/problem.ts";
import { Button } from "../../ui/button.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./mcp.strings.ts";

/** What a server was asked for, as a list; while it is asked, when it failed, and when there is nothing, a line. */
export function Listed<TData, TError>(props: {
  list: UseQueryResult<TData, TError>;
  label?: string;
  loading: string;
  none: string;
  children: readonly ReactNode[];
}) {
  const { list } = props;
  if (list.isPending) {
    return (
      <p role="status" className="flex items-center gap-2.5 text-[13px] text-muted">
        <Spinner /> {props.loading}
      </p>
    );
  }
  if (list.isError) {
    return (
      <p role="alert" className="flex flex-wrap items-center gap-3 text-[13px] text-danger">
        {toProblem(list.error).sentence}
        <Button size="small" busy={list.isFetching} onClick={() => void list.refetch()}>
          {strings.askAgain}
        </Button>
      </p>
    );
  }
  if (props.children.length === 0) return <p className="text-[13px] text-muted">{props.none}</p>;
  return (
    <ul aria-label={props.label} className="divide-y divide-line rounded-xl border border-line">
      {props.children}
    </ul>
  );
}

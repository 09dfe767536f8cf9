import type { ToolProgress } from "@chatee/shared/messages";

/** How far a running call is, as its tool counts. */
export function CallProgress({ progress: { progress, total, message } }: { progress: ToolProgress }) {
  const isKnown = total !== undefined && total > 0;
  const count = isKnown ? `${progress} / ${total}` : String(progress);
  return (
    <div role="status" className="flex items-center gap-3 border-t border-line px-3 py-2 text-[13px] text-muted">
      {isKnown && <progress className="h-1.5 w-32 accent-accent" value={progress} max={total} aria-label={count} />}
      <span className="tabular-nums">{count}</span>
      {message && <span className="min-w-0 truncate">{message}</span>}
    </div>
  );
}

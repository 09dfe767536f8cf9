import type { ToolCall } from "@chatee/shared/messages";
import { ChevronRight, CircleAlert, CircleCheck, CircleHelp, CircleX, Hourglass, Wrench } from "lucide-react";
import { useState } from "react";
import { classNames } from "../../ui/class-names.ts";
import { CallQuestions } from "../interactions/call-questions.tsx";
import { CallProgress } from "../mcp/call-progress.tsx";
import { ToolBlocks } from "../mcp/tool-blocks.tsx";
import { Data } from "./tool-data.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./messages.strings.ts";

const looks = {
  waiting: { icon: <Hourglass />, tone: "text-warn" },
  running: { icon: <Spinner />, tone: "text-muted" },
  done: { icon: <CircleCheck />, tone: "text-accent" },
  error: { icon: <CircleAlert />, tone: "text-danger" },
  denied: { icon: <CircleX />, tone: "text-muted" },
  unknown: { icon: <CircleHelp />, tone: "text-warn" },
} satisfies Record<ToolCall["status"], object>;

/** What the model asked of a tool and what came back. Results are data: shown as plain text, never as markup. */
export function ToolCard({ call, messageId }: { call: ToolCall; messageId: string }) {
  const [isOpen, setOpen] = useState(false);
  const look = looks[call.status];
  const durationMs =
    call.startedAtMs !== null && call.finishedAtMs !== null && call.status !== "unknown"
      ? call.finishedAtMs - call.startedAtMs
      : null;
  return (
    <div
      data-tool={call.name}
      data-status={call.status}
      className="overflow-hidden rounded-xl border border-line bg-raised"
    >
      <details className="group/tool" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="flex min-h-9 list-none items-center gap-2.5 px-3 py-1.5 hover:bg-hover focus-visible:-outline-offset-2">
          <Wrench aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 truncate font-mono text-[13px]" title={call.name}>
            {call.serverName && <span className="text-muted">{call.serverName} / </span>}
            {call.toolName ?? call.name}
          </span>
          <span className={classNames("flex shrink-0 items-center gap-1.5 text-[13px] [&>svg]:size-3.5", look.tone)}>
            {look.icon}
            {strings.toolStatus[call.status]}
          </span>
          {durationMs !== null && (
            <span className="shrink-0 text-xs text-faint tabular-nums">{duration(durationMs)}</span>
          )}
          <ChevronRight
            aria-hidden
            className="ml-auto size-4 shrink-0 text-muted transition-transform group-open/tool:rotate-90"
          />
        </summary>
        {isOpen && (
          <div className="divide-y divide-line border-t border-line">
            <Data label={strings.arguments} text={pretty(call.arguments)} />
            {call.finishedAtMs !== null &&
              (call.blocks && call.blocks.length > 0 ? (
                <ToolBlocks label={strings.result} blocks={call.blocks} />
              ) : (
                <Data label={strings.result} text={call.result ?? strings.noResult} />
              ))}
          </div>
        )}
      </details>
      {call.status === "running" && call.progress && <CallProgress progress={call.progress} />}
      {(call.status === "waiting" || call.status === "running") && (
        <CallQuestions messageId={messageId} toolCallId={call.toolCallId} />
      )}
      {call.status === "unknown" && (
        <p className="border-t border-line px-3 py-2 text-[13px]">{strings.unknownOutcome}</p>
      )}
    </div>
  );
}

function pretty(value: ToolCall["arguments"]): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

import { Popover } from "@base-ui/react/popover";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { toast } from "../../ui/toast.tsx";
import { dollars, shortCount } from "../usage/amounts.ts";
import { useChat, useMessage } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";
import { ScrollBox } from "../../ui/scroll-box.tsx";

const radius = 6;
const round = 2 * Math.PI * radius;
/** From here on the ring warns. */
const fullShare = 0.8;

type ContextGaugeProps = { sessionId: string; windowTokens: number | null; configId: string | null };

/** How much of the model's context the conversation fills, and how to make it smaller. */
export function ContextGauge({ sessionId, windowTokens, configId }: ContextGaugeProps) {
  const { store } = useChat();
  const { ids } = useStore(store);
  const last = useMessage(ids.at(-1) ?? "");
  const previous = useMessage(ids.at(-2) ?? "");
  const used = last?.accToken ?? previous?.accToken ?? null;
  if (used === null) return null;
  const share = windowTokens === null ? null : Math.min(1, used / windowTokens);
  const label = strings.contextUsed(used, windowTokens);
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={label}
        title={label}
        className="flex h-8 shrink-0 items-center gap-1.5 rounded-lg px-2 text-xs text-muted tabular-nums hover:bg-hover hover:text-ink"
      >
        <svg viewBox="0 0 16 16" aria-hidden className="size-4 -rotate-90">
          <circle cx="8" cy="8" r={radius} fill="none" strokeWidth="2.5" className="stroke-line-strong" />
          {share !== null && (
            <circle
              cx="8"
              cy="8"
              r={radius}
              fill="none"
              strokeWidth="2.5"
              strokeDasharray={`${round * share} ${round}`}
              className={share >= fullShare ? "stroke-warn" : "stroke-accent"}
            />
          )}
        </svg>
        <span className="hidden sm:inline">{share === null ? short(used) : `${Math.round(share * 100)} %`}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" side="top" sideOffset={8} collisionPadding={12} className="z-40">
          <Popover.Popup className="appear w-72 rounded-xl bg-raised p-4 text-ink shadow-pop outline-none">
            <Popover.Title className="font-medium">{strings.context}</Popover.Title>
            <Popover.Description className="mt-0.5 text-[13px] text-muted tabular-nums">{label}</Popover.Description>
            {share !== null && (
              <div aria-hidden className="mt-2.5 h-1.5 overflow-hidden rounded-full bg-sunken">
                <div
                  className={classNames("h-full rounded-full", share >= fullShare ? "bg-warn" : "bg-accent")}
                  style={{ width: `${share * 100}%` }}
                />
              </div>
            )}
            <Spent sessionId={sessionId} />
            <Summaries sessionId={sessionId} configId={configId} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** As far back as the ledger can be asked about. */
const longMs = 399 * 86_400_000;

/** What the whole chat has used: each answer was paid with all that was said before it. */
function Spent({ sessionId }: { sessionId: string }) {
  const trpc = useTRPC();
  const [nowMs] = useState(Date.now);
  const range = { fromMs: nowMs - longMs, toMs: nowMs + longMs / 399 };
  const usage = useQuery(trpc.usage.bySession.queryOptions({ ...range, sessionId }, { staleTime: 0 }));
  const used = usage.data?.sessions[0];
  if (!used) return null;
  const cost = used.costUsd === null ? "" : ` · ${dollars(used.costUsd)}`;
  return (
    <p className="mt-2 text-[13px] text-muted tabular-nums">
      {strings.spent(shortCount(used.inputTokens + used.outputTokens))}
      {cost}
    </p>
  );
}

function Summaries({ sessionId, configId }: { sessionId: string; configId: string | null }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { store } = useChat();
  const isWriting = useStore(store).streamingId !== null;
  const list = useQuery(trpc.sessions.summaries.queryOptions({ sessionId }));
  const onSettled = () => queryClient.invalidateQueries(trpc.sessions.summaries.queryFilter({ sessionId }));
  const onError = (error: unknown) => toast(toProblem(error).sentence);
  const summarize = useMutation(
    trpc.sessions.summarize.mutationOptions({
      onSettled,
      onError,
      onSuccess: ({ tokenCountBefore, tokenCountAfter }) =>
        toast(strings.summarized(tokenCountBefore, tokenCountAfter)),
    }),
  );
  const clear = useMutation(trpc.sessions.clearSummaries.mutationOptions({ onSettled, onError }));
  const newest = list.data?.summaries.at(-1);
  return (
    <>
      <p className="mt-3 text-[13px] text-muted">{strings.summaryHint}</p>
      {newest && (
        <details className="mt-2 text-[13px]">
          <summary className="text-muted hover:text-ink">{strings.summaryShow}</summary>
          <ScrollBox as="p" className="mt-1.5 max-h-40 overflow-y-auto rounded-lg bg-sunken p-2.5 whitespace-pre-wrap">
            {newest.summaryContent}
          </ScrollBox>
        </details>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button
          size="small"
          busy={summarize.isPending}
          disabled={isWriting}
          onClick={() => summarize.mutate({ sessionId, llmConfigId: configId })}
        >
          {strings.summarize}
        </Button>
        {newest && (
          <Button size="small" look="quiet" busy={clear.isPending} onClick={() => clear.mutate({ sessionId })}>
            {strings.summaryForget}
          </Button>
        )}
      </div>
    </>
  );
}

function short(count: number): string {
  return count < 1_000 ? String(count) : `${(count / 1_000).toFixed(count < 10_000 ? 1 : 0)}k`;
}

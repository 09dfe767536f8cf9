import type { UsageTotals } from "@chatee/shared/usage";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChartColumn } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { locale } from "../../i18n/locale.ts";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { classNames } from "../../ui/class-names.ts";
import { SettingsPage } from "../settings/settings-page.tsx";
import { dollars, shortCount } from "./amounts.ts";
import { rangeOf, toDays } from "./usage-days.ts";
import { UsagePlot } from "./usage-plot.tsx";
import { strings } from "./usage.strings.ts";

const spans = [7, 30, 90, 365];
/** Whoever has just had an answer looks for it here. */
const fresh = { staleTime: 0 };

/** What models used: in all, day by day, by model and by chat. */
export function UsageScreen() {
  const trpc = useTRPC();
  const [span, setSpan] = useState(30);
  const [{ nowMs, offsetMinutes }] = useState(readClock);
  const range = rangeOf(nowMs, span, offsetMinutes);
  const summary = useQuery(trpc.usage.summary.queryOptions(range, fresh));
  const series = useQuery(trpc.usage.series.queryOptions({ ...range, offsetMinutes }, fresh));
  const sessions = useQuery(trpc.usage.bySession.queryOptions(range, fresh));
  const all = [summary, series, sessions];
  const failed = all.find(({ isError }) => isError);
  const isEmpty = summary.data?.totals.entries === 0;
  return (
    <SettingsPage title={strings.usage} subtitle={strings.hint} actions={<Spans chosen={span} onChoose={setSpan} />}>
      {failed && (
        <LoadFailed retry={strings.retry} onRetry={() => void Promise.all(all.map((query) => query.refetch()))}>
          {strings.loadFailed} {toProblem(failed.error).sentence}
        </LoadFailed>
      )}
      {!failed && all.some(({ isPending }) => isPending) && <Loading>{strings.loading}</Loading>}
      {isEmpty && (
        <div className="flex flex-col items-center rounded-2xl border border-line bg-raised px-6 py-14 text-center">
          <ChartColumn aria-hidden className="mb-3 size-7 text-faint" />
          <p className="font-medium">{strings.emptyTitle}</p>
          <p className="mt-1 text-muted">{strings.emptyBody}</p>
        </div>
      )}
      {summary.data && series.data && sessions.data && !isEmpty && (
        <div className="flex flex-col gap-5">
          <Totals totals={summary.data.totals} />
          <UsagePlot {...toDays(series.data.points, range)} />
          <Table
            title={strings.byModel}
            head={strings.model}
            rows={summary.data.models.map((one) => ({
              ...one,
              key: `${one.provider} ${one.model}`,
              name: (
                <>
                  <span className="block truncate font-medium">{one.model}</span>
                  <span className="block truncate text-[13px] text-muted">{one.provider}</span>
                </>
              ),
            }))}
          />
          <Table
            title={strings.bySession}
            head={strings.session}
            rows={sessions.data.sessions.map((one) => ({
              ...one,
              key: one.sessionId,
              name:
                one.title === null ? (
                  <span className="text-muted">{strings.deleted}</span>
                ) : (
                  <Link
                    to="/sessions/$sessionId"
                    params={{ sessionId: one.sessionId }}
                    className="block truncate hover:underline"
                  >
                    {one.title}
                  </Link>
                ),
            }))}
          />
          <p className="text-[13px] text-muted">
            {strings.pricesNote(
              new Date(summary.data.pricesAsOf).toLocaleDateString(locale.get(), { dateStyle: "medium" }),
            )}
          </p>
        </div>
      )}
    </SettingsPage>
  );
}

/** As it is when the screen opens. */
function readClock() {
  return { nowMs: Date.now(), offsetMinutes: -new Date().getTimezoneOffset() };
}

function Spans({ chosen, onChoose }: { chosen: number; onChoose: (days: number) => void }) {
  return (
    <div role="group" aria-label={strings.range} className="flex rounded-lg border border-line bg-sunken p-0.5">
      {spans.map((days) => (
        <button
          key={days}
          type="button"
          aria-pressed={days === chosen}
          onClick={() => onChoose(days)}
          className={classNames(
            "h-7 rounded-md px-2.5 text-[13px] whitespace-nowrap",
            days === chosen ? "bg-raised font-medium shadow-card" : "text-muted hover:text-ink",
          )}
        >
          {strings.lastDays(days)}
        </button>
      ))}
    </div>
  );
}

function costOf({ costUsd }: UsageTotals): string {
  return costUsd === null ? strings.unknownCost : dollars(costUsd);
}

function Totals({ totals }: { totals: UsageTotals }) {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens, entries, unpriced, estimated, costUsd } = totals;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-2xl border border-line bg-line sm:grid-cols-4">
      <Figure label={strings.cost} value={costOf(totals)}>
        {costUsd !== null && unpriced > 0 && strings.unpriced(unpriced)}
      </Figure>
      <Figure label={strings.input} value={shortCount(inputTokens)}>
        {cachedTokens > 0 && strings.cached(shortCount(cachedTokens))}
      </Figure>
      <Figure label={strings.output} value={shortCount(outputTokens)}>
        {reasoningTokens > 0 && strings.reasoning(shortCount(reasoningTokens))}
      </Figure>
      <Figure label={strings.requests} value={shortCount(entries)}>
        {estimated > 0 && strings.estimated(estimated)}
      </Figure>
    </dl>
  );
}

function Figure({ label, value, children }: { label: string; value: string; children: ReactNode }) {
  return (
    <div className="bg-raised px-4 py-3">
      <dt className="text-[13px] text-muted">{label}</dt>
      <dd className="mt-0.5 text-xl font-semibold tabular-nums">{value}</dd>
      {children !== false && <dd className="text-xs text-muted">{children}</dd>}
    </div>
  );
}

type Row = UsageTotals & { key: string; name: ReactNode };

function Table({ title, head, rows }: { title: string; head: string; rows: Row[] }) {
  return (
    <section className="rounded-2xl border border-line bg-raised">
      <h2 className="px-4 pt-3.5 pb-1 font-medium">{title}</h2>
      <table className="w-full table-fixed text-left tabular-nums">
        <thead className="text-[13px] text-muted">
          <tr>
            <th className="px-4 py-1.5 font-normal">{head}</th>
            <th className="w-22 px-2 py-1.5 text-right font-normal">{strings.tokens}</th>
            <th className="w-26 py-1.5 pr-4 pl-2 text-right font-normal">{strings.cost}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} className="border-t border-line">
              <td className="px-4 py-2">{row.name}</td>
              <td className="px-2 py-2 text-right">{shortCount(row.inputTokens + row.outputTokens)}</td>
              <td className={classNames("py-2 pr-4 pl-2 text-right", row.costUsd === null && "text-muted")}>
                {costOf(row)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

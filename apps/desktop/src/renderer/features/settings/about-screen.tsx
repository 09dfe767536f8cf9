import type { Health, SystemInfo } from "@chatee/shared/system";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, Copy } from "lucide-react";
import type { ReactNode } from "react";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { Notice } from "../../ui/notice.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { toast } from "../../ui/toast.tsx";
import { pageVersion } from "../connection/page-version.ts";
import { SettingsPage } from "./settings-page.tsx";
import { strings } from "./settings.strings.ts";

const askEveryMs = 10_000;

/** What runs here and how it is, also as text for a report. */
export function AboutScreen() {
  const trpc = useTRPC();
  const info = useQuery(trpc.system.info.queryOptions());
  const health = useQuery(trpc.system.health.queryOptions(undefined, { refetchInterval: askEveryMs }));
  const connection = useStore(useApi().connection);
  const problem = info.error ?? health.error;
  return (
    <SettingsPage
      title={strings.about}
      subtitle={strings.aboutHint}
      actions={info.data && health.data && <CopyReport text={() => toReport(info.data, health.data, connection)} />}
    >
      {problem && !health.data && (
        <Notice
          tone="danger"
          icon={<CircleAlert aria-hidden />}
          actions={
            <Button size="small" onClick={() => void Promise.all([info.refetch(), health.refetch()])}>
              {strings.retry}
            </Button>
          }
        >
          {strings.loadFailed} {toProblem(problem).sentence}
        </Notice>
      )}
      {(info.isPending || health.isPending) && !problem && (
        <p role="status" className="flex items-center gap-3 py-8 text-muted">
          <Spinner /> {strings.loading}
        </p>
      )}
      {info.data && health.data && (
        <dl className="divide-y divide-line rounded-2xl border border-line bg-raised">
          <Fact label={strings.version}>{info.data.version}</Fact>
          <Fact label={strings.page}>{pageVersion}</Fact>
          <Fact label={strings.connection} tone={connection === "ok" ? "ok" : "down"}>
            {strings.connections[connection]}
          </Fact>
          <Fact label={strings.database} tone={health.data.database}>
            {strings.engines[info.data.engine]} · {strings.parts[health.data.database]}
          </Fact>
          <Fact label={strings.redis} tone={health.data.redis}>
            {strings.parts[health.data.redis]}
          </Fact>
          <Fact label={strings.uptime}>{uptime(health.data.uptimeS)}</Fact>
          <Fact label={strings.features}>{featuresOf(info.data).join(", ") || strings.none}</Fact>
        </dl>
      )}
    </SettingsPage>
  );
}

function CopyReport({ text }: { text: () => string }) {
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      toast(strings.copied);
    } catch {
      toast(strings.copyFailed);
    }
  }
  return (
    <Button onClick={() => void copy()}>
      <Copy aria-hidden className="size-4" />
      {strings.copyDiagnostics}
    </Button>
  );
}

function Fact({ label, tone, children }: { label: string; tone?: "ok" | "down" | "off"; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3">
      <dt className="text-muted">{label}</dt>
      <dd className="flex items-center gap-2 tabular-nums">
        {tone && (
          <span
            aria-hidden
            className={classNames(
              "size-2 rounded-full",
              tone === "ok" ? "bg-accent" : tone === "down" ? "bg-danger" : "bg-line-strong",
            )}
          />
        )}
        {children}
      </dd>
    </div>
  );
}

function featuresOf({ features }: SystemInfo): string[] {
  return Object.keys(features).filter((name) => features[name]);
}

function uptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${strings.days(days)} ${strings.hours(hours)}`;
  return hours > 0 ? `${strings.hours(hours)} ${strings.minutes(minutes)}` : strings.minutes(minutes);
}

/** Facts that help to find a fault, and nothing that belongs to a person: no address, no name, no text. */
function toReport(info: SystemInfo, health: Health, connection: string): string {
  return [
    `chatee ${info.version} (${info.engine}), page ${pageVersion}`,
    `health ${health.status}, database ${health.database}, redis ${health.redis}, up ${health.uptimeS} s`,
    `connection ${connection}, features ${featuresOf(info).join(" ") || "none"}`,
    `browser ${navigator.userAgent}`,
    `view ${window.innerWidth}×${window.innerHeight} at ${window.devicePixelRatio}, ${navigator.language}`,
  ].join("\n");
}

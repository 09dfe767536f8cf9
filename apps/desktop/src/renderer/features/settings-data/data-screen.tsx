import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Download, History } from "lucide-react";
import { useRef } from "react";
import { momentOf } from "../../ui/moment.ts";
import { FilePicker } from "../../ui/file-picker.tsx";
import { LoadFailed } from "../../ui/load-state.tsx";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/notice.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { doors, forgetRestore, restoreState, sendBackup } from "./backup-doors.ts";
import { DataCard } from "./data-card.tsx";
import { strings } from "./data.strings.ts";
import { ImportCard } from "./import-card.tsx";

const key = ["restore"];

/** What comes in, what goes out, and the copy of everything. */
export function DataScreen() {
  const state = useQuery({ queryKey: key, queryFn: restoreState });
  return (
    <SettingsPage title={strings.data} subtitle={strings.hint}>
      <div className="divide-y divide-line rounded-2xl border border-line bg-raised">
        <ImportCard />
        <DataCard
          title={strings.exportTitle}
          hint={strings.exportHint}
          action={
            <div className="flex flex-wrap gap-2">
              <DownloadLink href={doors.export}>{strings.export}</DownloadLink>
              <DownloadLink href={doors.exportWithFiles}>{strings.exportWithFiles}</DownloadLink>
            </div>
          }
        />
        {state.isError && (
          <div className="p-4">
            <LoadFailed retry={strings.retry} onRetry={() => void state.refetch()}>
              {strings.loadFailed} {state.error.message}
            </LoadFailed>
          </div>
        )}
        {state.data?.isAvailable === false && <DataCard title={strings.backupTitle} hint={strings.mysql} />}
        {state.data?.isAvailable && (
          <>
            <DataCard
              title={strings.backupTitle}
              hint={strings.backupHint}
              action={<DownloadLink href={doors.backup}>{strings.backup}</DownloadLink>}
            />
            <RestoreCard waitingSince={state.data.waitingSince} />
          </>
        )}
      </div>
    </SettingsPage>
  );
}

function DownloadLink({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      download
      className="inline-flex h-[34px] shrink-0 items-center gap-2 rounded-lg border border-line-strong bg-raised px-3.5 font-medium whitespace-nowrap hover:bg-hover"
    >
      <Download aria-hidden className="size-4" />
      {children}
    </a>
  );
}

function RestoreCard({ waitingSince }: { waitingSince: number | null }) {
  const queryClient = useQueryClient();
  const picker = useRef<HTMLInputElement>(null);
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: key });
  const send = useMutation({ mutationFn: sendBackup, onSuccess });
  const forget = useMutation({ mutationFn: forgetRestore, onSuccess: () => (send.reset(), onSuccess()) });
  const problem = send.error ?? forget.error;
  return (
    <DataCard
      title={strings.restoreTitle}
      hint={strings.restoreHint}
      action={
        <Button busy={send.isPending} onClick={() => picker.current?.click()}>
          {send.isPending ? strings.restoring : strings.restore}
        </Button>
      }
    >
      <FilePicker ref={picker} label={strings.restoreTitle} onFile={(file) => send.mutate(file)} />
      {problem && (
        <Notice tone="danger" icon={<CircleAlert aria-hidden />}>
          {problem.message}
        </Notice>
      )}
      {waitingSince !== null && (
        <Notice
          tone="warn"
          icon={<History aria-hidden />}
          actions={
            <Button size="small" busy={forget.isPending} onClick={() => forget.mutate()}>
              {strings.forget}
            </Button>
          }
        >
          {send.data && `${strings.checked(send.data.sessions, send.data.messages)} `}
          {strings.waiting(momentOf(waitingSince))}
        </Notice>
      )}
    </DataCard>
  );
}

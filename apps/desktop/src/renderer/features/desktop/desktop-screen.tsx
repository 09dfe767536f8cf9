import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "../../ui/button.tsx";
import { ChoiceRow } from "../settings/choice-row.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { desktop } from "./desktop.ts";
import { strings } from "./desktop.strings.ts";

/** What the desktop app does; in a browser there is no such screen. */
export function DesktopScreen() {
  const app = desktop();
  return app === null ? null : <DesktopSettings app={app} />;
}

const exampleAddress = "https://chatee.example";
const infoKey = ["desktop", "info"];

function DesktopSettings({ app }: { app: NonNullable<ReturnType<typeof desktop>> }) {
  const queryClient = useQueryClient();
  const { data: info } = useQuery({ queryKey: infoKey, queryFn: () => app.shell.info(), staleTime: 0 });
  const refresh = () => queryClient.invalidateQueries({ queryKey: infoKey });
  const keep = useMutation({ mutationFn: app.shell.setCloseToTray, onSettled: refresh });
  const choose = useMutation({ mutationFn: app.server.choose, onSettled: refresh });
  const move = useMutation({ mutationFn: app.secretKey.moveToKeychain, onSettled: refresh });
  const [kind, setKind] = useState<"bundled" | "remote" | null>(null);
  const [url, setUrl] = useState("");
  if (!info) return <SettingsPage title={strings.title}>{null}</SettingsPage>;

  const shownKind = kind ?? info.server;
  return (
    <SettingsPage title={strings.title} subtitle={strings.hint}>
      <div className="divide-y divide-line rounded-2xl border border-line bg-raised">
        <div>
          <ChoiceRow
            label={strings.server}
            hint={strings.serverHint}
            options={[
              { value: "bundled", label: strings.bundled },
              { value: "remote", label: strings.remote },
            ]}
            chosen={shownKind}
            onChoose={(chosen) => {
              setKind(chosen);
              if (chosen === "bundled" && info.server === "remote") choose.mutate({ kind: "bundled" });
            }}
          />
          {info.remoteUrl !== null && <p className="px-4 pb-3 text-[13px]">{strings.working(info.remoteUrl)}</p>}
          {shownKind === "remote" && (
            <form
              className="flex flex-wrap items-end gap-2 px-4 pb-4"
              onSubmit={(event) => {
                event.preventDefault();
                choose.mutate({ kind: "remote", url });
              }}
            >
              <label className="min-w-52 flex-1 text-[13px]">
                {strings.address}
                <input
                  className="field mt-1"
                  type="url"
                  required
                  value={url}
                  placeholder={exampleAddress}
                  onChange={(event) => setUrl(event.target.value)}
                />
              </label>
              <Button type="submit" busy={choose.isPending}>
                {strings.use}
              </Button>
            </form>
          )}
          {choose.error && (
            <Problem>
              {choose.error.message.includes("server.invalid_url") ? strings.wrongAddress : strings.failed}
            </Problem>
          )}
        </div>
        {info.secretKey !== null && (
          <div>
            <Row label={strings.secretKey} hint={strings.secretKeys[info.secretKey]}>
              {info.canMoveSecretKey && (
                <Button busy={move.isPending} onClick={() => move.mutate()}>
                  {strings.move}
                </Button>
              )}
            </Row>
            {move.error && <Problem>{strings.moveFailed}</Problem>}
          </div>
        )}
        {info.server === "bundled" && (
          <ChoiceRow
            label={strings.closing}
            hint={strings.closingHint}
            options={[
              { value: "quit", label: strings.quit },
              { value: "keep", label: strings.keep },
            ]}
            chosen={info.closeToTray ? "keep" : "quit"}
            onChoose={(chosen) => keep.mutate(chosen === "keep")}
          />
        )}
      </div>
      <p className="mt-3 px-4 text-[13px] text-muted">{strings.version(info.version)}</p>
    </SettingsPage>
  );
}

function Row({ label, hint, children }: { label: string; hint: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-3.5">
      <div className="min-w-52 flex-1">
        <p className="font-medium">{label}</p>
        <p className="mt-0.5 text-[13px] text-muted">{hint}</p>
      </div>
      {children}
    </div>
  );
}

function Problem({ children }: { children: string }) {
  return (
    <p role="alert" className="px-4 pb-3 text-[13px] text-danger">
      {children}
    </p>
  );
}

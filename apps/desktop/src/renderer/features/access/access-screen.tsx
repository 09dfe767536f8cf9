import type { AccessToken } from "@chatee/shared/access";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, MonitorSmartphone, Plus } from "lucide-react";
import { useId, useState } from "react";
import { useTRPC } from "../../api/trpc.tsx";
import { momentOf } from "../../ui/moment.ts";
import { LoadFailed, Loading } from "../../ui/load-state.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { toast } from "../../ui/toast.tsx";
import { SettingsPage } from "../settings/settings-page.tsx";
import { strings } from "./access.strings.ts";
import { AuditList } from "./audit-list.tsx";
import { createToken, listTokens, revokeToken } from "./tokens.ts";

const key = ["access tokens"];

/** Who may come in: the install's token, those made for programs, and the browsers that are signed in. */
export function AccessScreen() {
  const list = useQuery({ queryKey: key, queryFn: listTokens });
  const [isAdding, setAdding] = useState(false);
  const [ending, setEnding] = useState<AccessToken | null>(null);
  return (
    <SettingsPage
      title={strings.tokens}
      subtitle={strings.tokensHint}
      actions={
        <Button look="primary" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          {strings.addToken}
        </Button>
      }
    >
      {list.isPending && <Loading>{strings.loadingTokens}</Loading>}
      {list.isError && (
        <LoadFailed retry={strings.retry} onRetry={() => void list.refetch()}>
          {strings.loadTokensFailed}
        </LoadFailed>
      )}
      {list.data && (
        <ul aria-label={strings.tokens} className="divide-y divide-line rounded-2xl border border-line bg-raised">
          {list.data.tokens.map((token) => (
            <li key={token.tokenId} className="flex flex-wrap items-center gap-x-3.5 gap-y-2 px-4 py-3">
              {token.kind === "browser" ? (
                <MonitorSmartphone aria-hidden className="size-4.5 shrink-0 text-muted" />
              ) : (
                <KeyRound aria-hidden className="size-4.5 shrink-0 text-muted" />
              )}
              <div className="min-w-44 flex-1">
                <p className="truncate font-medium">
                  {token.kind === "access" ? token.name : strings.kinds[token.kind]}
                  {token.tokenId === list.data.currentId && (
                    <span className="ml-2 text-[13px] font-normal text-accent">{strings.thisBrowser}</span>
                  )}
                </p>
                <p className="text-[13px] text-muted tabular-nums">
                  {strings.made(momentOf(token.createdAtMs))} ·{" "}
                  {token.lastUsedAtMs === null ? strings.neverUsed : strings.used(momentOf(token.lastUsedAtMs))}
                </p>
              </div>
              {token.kind !== "install" && (
                <Button size="small" look="danger" onClick={() => setEnding(token)}>
                  {strings.revoke}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <AuditList />
      {isAdding && <AddDialog onClose={() => setAdding(false)} />}
      {ending && <EndDialog token={ending} onClose={() => setEnding(null)} />}
    </SettingsPage>
  );
}

/** After a token was made or ended: the list of them is another, and both are noted. */
function useOutdate(): () => Promise<unknown> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: key }),
      queryClient.invalidateQueries(trpc.access.audit.pathFilter()),
    ]);
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const outdate = useOutdate();
  const formId = useId();
  const [name, setName] = useState("");
  const add = useMutation({
    mutationFn: createToken,
    onSuccess: outdate,
  });
  const made = add.data?.token;
  return (
    <Dialog
      title={strings.addToken}
      onClose={onClose}
      actions={
        made === undefined ? (
          <>
            <Button look="quiet" onClick={onClose}>
              {strings.cancel}
            </Button>
            <Button look="primary" type="submit" form={formId} busy={add.isPending} disabled={name.trim() === ""}>
              {strings.create}
            </Button>
          </>
        ) : (
          <Button look="primary" onClick={onClose}>
            {strings.done}
          </Button>
        )
      }
    >
      {made === undefined ? (
        <form
          id={formId}
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(name);
          }}
        >
          <label className="block">
            <span className="mb-1.5 block font-medium">{strings.tokenName}</span>
            <input
              className="field"
              data-first-focus
              maxLength={200}
              placeholder={strings.tokenNamePlaceholder}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          {add.isError && (
            <p role="alert" className="mt-2 text-[13px] text-danger">
              {add.error.message}
            </p>
          )}
        </form>
      ) : (
        <>
          <p className="text-muted">{strings.shownOnce}</p>
          <div className="mt-3 flex items-center gap-2 rounded-lg bg-sunken py-1.5 pr-1.5 pl-3">
            <code className="min-w-0 flex-1 font-mono text-[13px] break-all">{made}</code>
            <CopyButton text={() => made} />
          </div>
          <p className="mt-3 text-[13px] text-muted">{strings.howToUse}</p>
        </>
      )}
    </Dialog>
  );
}

function EndDialog({ token, onClose }: { token: AccessToken; onClose: () => void }) {
  const outdate = useOutdate();
  const end = useMutation({
    mutationFn: () => revokeToken(token.tokenId),
    async onSuccess() {
      await outdate();
      onClose();
    },
    onError: (error) => toast(error.message),
  });
  return (
    <Dialog
      title={strings.revokeTitle(token.kind === "access" ? token.name : strings.kinds[token.kind])}
      onClose={onClose}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {strings.cancel}
          </Button>
          <Button look="danger" data-first-focus busy={end.isPending} onClick={() => end.mutate()}>
            {strings.revoke}
          </Button>
        </>
      }
    >
      <p className="text-muted">{strings.revokeBody}</p>
    </Dialog>
  );
}

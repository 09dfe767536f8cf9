import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, KeyRound, UserCheck } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { toast } from "../../ui/toast.tsx";
import { desktop } from "../desktop/desktop.ts";
import { ClientFields } from "./client-fields.tsx";
import { strings } from "./mcp.strings.ts";
import { hostOf, isWebAddress } from "./web-address.ts";

/**
 * Signing in to a remote server that wants it, and out again. The page of the authorization server opens in a tab that
 * knows nothing of this one (in the desktop app, in a window of its own); what it grants goes to chatee's server and never comes here.
 */
export function ServerSignIn({ serverId, isWanted }: { serverId: string; isWanted: boolean }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { data: status } = useQuery(trpc.mcp.oauth.status.queryOptions({ serverId }));
  const start = useMutation(
    trpc.mcp.oauth.start.mutationOptions({
      async onSuccess({ authorizationUrl }) {
        if (!isWebAddress(authorizationUrl)) return;
        const app = desktop();
        if (app === null) {
          window.open(authorizationUrl, "_blank", "noopener,noreferrer");
          return;
        }
        const { message } = await app.signIn.open(authorizationUrl);
        if (message !== null) toast(message);
        await queryClient.invalidateQueries(trpc.mcp.pathFilter());
      },
    }),
  );
  const disconnect = useMutation(
    trpc.mcp.oauth.disconnect.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.mcp.oauth.status.queryFilter({ serverId })),
    }),
  );
  const error = start.error ?? disconnect.error;
  const problem = error ? toProblem(error) : null;
  const failure = problem?.kind === "failure" ? problem.failure : null;

  if (status?.state === "connected" && !isWanted) {
    return (
      <p className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1 text-[13px] text-muted">
        <UserCheck aria-hidden className="size-3.5" />
        {strings.signedIn(status.issuer ? hostOf(status.issuer) : null)}
        <Button size="small" look="quiet" busy={disconnect.isPending} onClick={() => disconnect.mutate({ serverId })}>
          {strings.signOut}
        </Button>
      </p>
    );
  }
  if (!isWanted && status?.state !== "needs_sign_in") return null;
  const address = start.data?.authorizationUrl;
  return (
    <div
      role="group"
      aria-label={strings.signIn}
      className="mt-3 rounded-xl border border-warn-line bg-warn-soft p-3.5"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-40 flex-1 text-[13px]">{strings.signInBody}</p>
        <Button size="small" busy={start.isPending} onClick={() => start.mutate({ serverId })}>
          {!start.isPending && <KeyRound aria-hidden className="size-3.5" />}
          {strings.signIn}
        </Button>
      </div>
      {address !== undefined && isWebAddress(address) && (
        <p role="status" className="mt-2 text-[13px]">
          {strings.signInOpened}{" "}
          <a
            href={address}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex items-center gap-1 font-medium text-accent underline"
          >
            {strings.signInAt(hostOf(address))}
            <ExternalLink aria-hidden className="size-3.5" />
          </a>
        </p>
      )}
      {problem && (
        <p role="alert" className="mt-2 text-[13px] [overflow-wrap:anywhere] text-danger">
          {problem.sentence}
        </p>
      )}
      {failure?.code === "mcp.client_needed" && (
        <ClientFields
          redirectUri={failure.redirectUri}
          isBusy={start.isPending}
          onClient={(client) => start.mutate({ serverId, ...client })}
        />
      )}
    </div>
  );
}

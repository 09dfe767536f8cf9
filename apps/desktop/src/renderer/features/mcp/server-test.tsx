import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, FlaskConical, KeyRound } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./mcp.strings.ts";

/** Connects and says what came of it. */
export function ServerTest({ serverId, className }: { serverId: string; className?: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const test = useMutation(
    trpc.mcp.test.mutationOptions({
      onSuccess: ({ success }) => {
        if (success) void queryClient.invalidateQueries(trpc.mcp.tools.queryFilter({ serverId }));
      },
    }),
  );
  const { data } = test;
  const failed = test.error ? toProblem(test.error).sentence : data && !data.needsSignIn ? data.error : undefined;
  return (
    <div className={classNames("flex flex-wrap items-center gap-x-3 gap-y-2", className)}>
      <Button size="small" busy={test.isPending} onClick={() => test.mutate({ serverId })}>
        {!test.isPending && <FlaskConical aria-hidden className="size-3.5" />}
        {strings.test}
      </Button>
      <div
        role="status"
        className="min-w-0 flex-1 basis-60 text-[13px] [&_p]:flex [&_p]:items-start [&_p]:gap-1.5 [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0"
      >
        {test.isPending && <span className="text-muted">{strings.testing}</span>}
        {data?.success && (
          <p>
            <CircleCheck aria-hidden className="text-accent" />
            {strings.testOk(data.tools?.length ?? 0, data.latencyMs)}
          </p>
        )}
        {data?.needsSignIn && (
          <p>
            <KeyRound aria-hidden className="text-warn" />
            {strings.testSignIn(data.latencyMs)}
          </p>
        )}
        {failed !== undefined && (
          <p>
            <CircleAlert aria-hidden className="text-danger" />
            <span className="[overflow-wrap:anywhere]">
              {failed} {data && <span className="text-muted">{strings.testAfter(data.latencyMs)}</span>}
            </span>
          </p>
        )}
      </div>
    </div>
  );
}

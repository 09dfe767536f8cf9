import type { McpServerHealth } from "@chatee/shared/mcp";
import { CircleAlert, CircleCheck, CircleHelp, KeyRound } from "lucide-react";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./mcp.strings.ts";

/** What is known of a server, each fact by itself: one that is reachable may still want a sign-in. */
export function ServerFacts({ health }: { health: McpServerHealth }) {
  const { reachable, needsAuth, era, latencyMs, lastError } = health;
  const look =
    reachable === null
      ? { icon: <CircleHelp />, tone: "text-muted", say: strings.healthUnknown }
      : reachable
        ? { icon: <CircleCheck />, tone: "text-accent", say: strings.healthOk }
        : { icon: <CircleAlert />, tone: "text-danger", say: strings.healthDown };
  const fact = "inline-flex items-center gap-1.5 [&>svg]:size-3.5";
  return (
    <div className="mt-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-[13px]">
        <span className={classNames(fact, look.tone)}>
          {look.icon}
          {look.say}
        </span>
        {needsAuth && (
          <span className={`${fact} text-warn`}>
            <KeyRound /> {strings.needsSignIn}
          </span>
        )}
        {era && (
          <span className="text-muted" title={strings.eraHint}>
            {strings.eras[era]}
          </span>
        )}
        {reachable && latencyMs !== null && (
          <span className="text-muted tabular-nums" title={strings.latencyHint}>
            {strings.latency(latencyMs)}
          </span>
        )}
      </div>
      {lastError && (
        <p className="mt-1 text-[13px] [overflow-wrap:anywhere] text-muted">{strings.lastError(lastError)}</p>
      )}
    </div>
  );
}

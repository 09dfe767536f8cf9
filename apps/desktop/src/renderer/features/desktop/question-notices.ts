import type { Interaction } from "@chatee/shared/interactions";
import type { DesktopApi } from "../../../preload/desktop-api.ts";
import { strings } from "./desktop.strings.ts";

type Notice = Parameters<DesktopApi["notifications"]["show"]>[0];

/** Paths that the app takes; ids of old clients may have other characters, and then a click only brings the window. */
const plainId = /^[\w-]{1,100}$/;

/** Says once of each question that came while the person was elsewhere that something waits for them, and nothing of what it says. */
export function createQuestionNotices(deps: { isAway: () => boolean; show: (notice: Notice) => void }) {
  let known = new Set<string>();
  return (open: readonly Interaction[]): void => {
    for (const { interactionId, sessionId, request } of open) {
      if (known.has(interactionId) || !deps.isAway()) continue;
      const path = sessionId !== null && plainId.test(sessionId) ? `/sessions/${sessionId}` : "/";
      deps.show({ title: strings.waiting, body: strings.asks(request.serverName).slice(0, 200), path });
    }
    known = new Set(open.map(({ interactionId }) => interactionId));
  };
}

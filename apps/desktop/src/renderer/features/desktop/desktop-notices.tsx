import { useEffect, useState } from "react";
import { useOpenInteractions } from "../interactions/interactions-context.tsx";
import { desktop } from "./desktop.ts";
import { createQuestionNotices } from "./question-notices.ts";

/** Draws nothing; tells the system about what waits for an answer while the app is not looked at. */
export function DesktopNotices() {
  return desktop() === null ? null : <Notices />;
}

function Notices() {
  const open = useOpenInteractions();
  const [notice] = useState(() =>
    createQuestionNotices({
      isAway: () => !document.hasFocus(),
      show: (what) =>
        void desktop()
          ?.notifications.show(what)
          .catch(() => {}),
    }),
  );
  useEffect(() => notice(open), [notice, open]);
  return null;
}

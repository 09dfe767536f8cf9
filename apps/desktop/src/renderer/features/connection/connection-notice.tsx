import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "../../api/store.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { Button } from "../../ui/button.tsx";
import { pageVersion } from "./page-version.ts";
import { Notice } from "../../ui/notice.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./connection.strings.ts";

/** A blip is not worth a word. */
const quietMs = 800;

/** Says that the server cannot be reached, for as long as that is so, or that it is another version than this page. */
export function ConnectionNotice({ className = "mb-2.5" }: { className?: string }) {
  const isLost = useStore(useApi().connection) === "lost";
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(isLost), isLost ? quietMs : 0);
    return () => clearTimeout(timer);
  }, [isLost]);
  if (!isShown) return isLost ? null : <VersionNotice className={className} />;
  return (
    <Notice tone="warn" className={`appear py-2! ${className}`} icon={<Spinner className="text-warn" />}>
      {strings.lost}
    </Notice>
  );
}

/** Both are asked for again after each reconnection: a server that was updated was away for a moment. */
function VersionNotice({ className }: { className: string }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.info.queryOptions(undefined, { staleTime: Infinity }));
  if (!data || data.version === pageVersion) return null;
  return (
    <Notice
      tone="plain"
      className={`py-2! ${className}`}
      icon={<RefreshCw aria-hidden />}
      actions={
        <Button size="small" onClick={() => window.location.reload()}>
          {strings.reload}
        </Button>
      }
    >
      {strings.otherVersion(data.version, pageVersion)}
    </Notice>
  );
}

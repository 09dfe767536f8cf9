import { useEffect, useState } from "react";
import { useStore } from "../../api/store.ts";
import { useApi } from "../../api/trpc.tsx";
import { Notice } from "../../ui/notice.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./connection.strings.ts";

/** A blip is not worth a word. */
const quietMs = 800;

/** Says that the server cannot be reached, for as long as that is so. */
export function ConnectionNotice({ className = "mb-2.5" }: { className?: string }) {
  const isLost = useStore(useApi().connection) === "lost";
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(isLost), isLost ? quietMs : 0);
    return () => clearTimeout(timer);
  }, [isLost]);
  if (!isShown) return null;
  return (
    <Notice tone="warn" className={`appear py-2! ${className}`} icon={<Spinner className="text-warn" />}>
      {strings.lost}
    </Notice>
  );
}

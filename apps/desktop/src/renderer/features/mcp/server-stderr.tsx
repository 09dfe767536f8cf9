import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Spinner } from "../../ui/spinner.tsx";
import { strings } from "./mcp.strings.ts";
import { Unfold } from "./unfold.tsx";
import { ScrollBox } from "../../ui/scroll-box.tsx";

/** The end of what a program wrote beside its answers. */
export function ServerStderr({ serverId }: { serverId: string }) {
  return (
    <Unfold title={strings.stderr}>
      <Written serverId={serverId} />
    </Unfold>
  );
}

function Written({ serverId }: { serverId: string }) {
  const trpc = useTRPC();
  const written = useQuery(trpc.mcp.stderr.queryOptions({ serverId }, { staleTime: 0 }));
  if (written.isPending) return <Spinner />;
  if (written.isError) return <p className="text-[13px] text-danger">{toProblem(written.error).sentence}</p>;
  return (
    <div className="flex items-start gap-2">
      <ScrollBox
        as="pre"
        className="max-h-72 min-w-0 flex-1 overflow-auto rounded-lg bg-sunken px-3 py-2 font-mono text-[12.5px] [overflow-wrap:anywhere] whitespace-pre-wrap"
      >
        {written.data.stderr || <span className="text-faint">{strings.stderrNone}</span>}
      </ScrollBox>
      <IconButton label={strings.stderrRefresh} size="small" onClick={() => void written.refetch()}>
        <RefreshCw />
      </IconButton>
    </div>
  );
}

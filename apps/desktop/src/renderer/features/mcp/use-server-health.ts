import type { McpEvent, McpServerHealth } from "@chatee/shared/mcp";
import { useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useState } from "react";
import { useTRPC } from "../../api/trpc.tsx";

/** How each server stands, by its id, for as long as the screen shows them; what it tells of tools is read again. */
export function useServerHealth(): ReadonlyMap<string, McpServerHealth> {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [known, setKnown] = useState<ReadonlyMap<string, McpServerHealth>>(new Map());

  function onData(event: McpEvent): void {
    switch (event.type) {
      case "server.health":
        setKnown((before) => new Map(before).set(event.health.serverId, event.health));
        void queryClient.invalidateQueries(trpc.mcp.oauth.status.queryFilter({ serverId: event.health.serverId }));
        return;
      case "server.tools":
        void queryClient.invalidateQueries(trpc.mcp.tools.queryFilter({ serverId: event.serverId }));
        return;
      case "server.removed":
        void queryClient.invalidateQueries(trpc.mcp.list.pathFilter());
        return;
    }
  }
  useSubscription(trpc.mcp.events.subscriptionOptions(undefined, { onData }));
  return known;
}

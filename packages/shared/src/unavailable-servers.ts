import type { Failure } from "./failure.ts";

/** An MCP server that was chosen for an answer and could not be reached. */
export type UnavailableServer = { serverId: string; name: string | null; failure: Failure };

/** What an answer carries in `ext.unavailableServers`. Whatever else a client stored there is nothing. */
export function unavailableServersOf({ ext }: { ext: Readonly<Record<string, unknown>> | null }): UnavailableServer[] {
  const servers = ext?.["unavailableServers"];
  if (!Array.isArray(servers)) return [];
  return (servers as (Partial<UnavailableServer> | null)[]).flatMap((server) => {
    const { serverId, name = null, failure } = server ?? {};
    const isWhole = typeof serverId === "string" && typeof failure?.code === "string";
    return isWhole ? [{ serverId, name: typeof name === "string" ? name : null, failure }] : [];
  });
}

import type { McpService } from "@chatee/api/mcp/mcp.service";
import type { ResolvedServer } from "@chatee/mcp-proxy/relay.plugin";

/** What the relay needs to know of a registered server, asked for at each request: a change counts at once. */
export function createServerResolver(mcp: Pick<McpService, "relayTarget">) {
  return async (ownerId: string, serverId: string): Promise<ResolvedServer | null> => {
    const target = await mcp.relayTarget(ownerId, serverId);
    if (target === null) return null;
    const { spec, authorization } = target;
    if (spec.type === "stdio") return { url: "", type: spec.type, headers: {}, mayBePrivate: false };
    const credentials = await authorization.headers({ url: new URL(spec.url), method: "POST" });
    return { url: spec.url, type: spec.type, headers: { ...spec.headers, ...credentials }, mayBePrivate: true };
  };
}

import type { McpTarget } from "@chatee/api/mcp/mcp-host";
import type { McpService } from "@chatee/api/mcp/mcp.service";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { RelayPluginOptions } from "@chatee/mcp-proxy/relay.plugin";
import type { ServerMcpHost } from "./mcp-host.ts";

/** What the relay needs to know of registered servers, asked for at each request: a change counts at once. */
export function createServerResolver(
  mcp: Pick<McpService, "relayTarget">,
  host: Pick<ServerMcpHost, "serveProgram">,
): Required<Pick<RelayPluginOptions, "resolveServer" | "serveProgram">> {
  const urls = new WeakMap<McpTarget, URL>();
  function urlOf(target: McpTarget, text: string): URL {
    const url = urls.get(target) ?? new URL(text);
    urls.set(target, url);
    return url;
  }

  async function targetOf(ownerId: string, serverId: string): Promise<McpTarget | null> {
    try {
      return await mcp.relayTarget(ownerId, serverId);
    } catch {
      return null;
    }
  }

  return {
    resolveServer: (ownerId, serverId) =>
      whenHere(mcp.relayTarget(ownerId, serverId), (target) => {
        if (target === null) return null;
        const { spec, authorization } = target;
        if (spec.type === "stdio") return { url: "", type: spec.type, headers: {}, mayBePrivate: false };
        return whenHere(authorization.headers({ url: urlOf(target, spec.url), method: "POST" }), (credentials) => ({
          url: spec.url,
          type: spec.type,
          headers: { ...spec.headers, ...credentials },
          mayBePrivate: true,
          // A relayed answer cannot be taken back; the next request carries what this brings.
          onRefused: (status, wwwAuthenticate) =>
            void authorization.onRefused({ status, wwwAuthenticate, sent: credentials }).catch(() => {}),
        }));
      }),
    async serveProgram(ownerId, serverId, exchange) {
      const target = await targetOf(ownerId, serverId);
      if (target === null) exchange.response.writeHead(404, { "content-length": 0 }).end();
      else await host.serveProgram(target, exchange);
    },
  };
}

import type { Caller } from "@chatee/api/access/access.service";
import type { McpService } from "@chatee/api/mcp/mcp.service";
import { exposedHeaders, toAllowedHeaders } from "@chatee/mcp-proxy/relay/headers";
import { relayPlugin } from "@chatee/mcp-proxy/relay.plugin";
import type { RelayPluginOptions } from "@chatee/mcp-proxy/relay.plugin";
import type { FastifyPluginAsync, FastifyReply } from "fastify";
import { callerOf } from "../caller-of.ts";
import type { Config } from "../config.ts";
import type { Doors } from "../doors.ts";
import { toWire } from "../rest/wire.ts";

/** What the relay needs from the rest of the server. */
export type McpDeps = Pick<RelayPluginOptions, "dialer" | "resolveServer" | "serveProgram">;

type McpOptions = McpDeps & {
  /** Ends an answer with the token that it was asked for with. */
  endWithToken: (caller: Caller, reply: FastifyReply) => void;
  doors: Doors;
  health: McpService["health"];
  settings: Config["mcp"];
};

/** The doors to other people's MCP servers, behind our own: the relay sees nobody whom they have not let in. */
export const mcpPlugin: FastifyPluginAsync<McpOptions> = async (
  app,
  { doors, settings, health, endWithToken, ...options },
) => {
  app.get("/mcp/health", async (request, reply) => {
    reply.header("cache-control", "no-store");
    return toWire(await health(callerOf(request).ownerId));
  });
  await app.register(relayPlugin, {
    ...options,
    setAlarm(ms, ring) {
      const timer = setTimeout(ring, ms);
      return () => clearTimeout(timer);
    },
    proxyTimeoutMs: settings.proxy_timeout * 1000,
    callerOf,
    onLasting: (request, reply) => endWithToken(callerOf(request), reply),
    authorizationOf: ({ raw }) => doors.foreignAuthorization(raw),
    // With `?url=`, `Authorization` may be the upstream's; whoever sends it signs in here by cookie.
    routeConfig: { cookieFirst: true, cors: { exposedHeaders, toAllowedHeaders } },
  });
};

import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { localhostHostValidation, localhostOriginValidation } from "@modelcontextprotocol/node";
import Fastify from "fastify";
import { createDialer } from "../dialer/dialer.ts";
import type { DialerOptions } from "../dialer/dialer.ts";
import { relayPlugin } from "../relay.plugin.ts";
import type { RelayPluginOptions, ResolvedServer } from "../relay.plugin.ts";

export type RelayHostOptions = {
  /** Servers by id; `owner` may be left out when everybody may use it. */
  servers?: Record<string, Partial<ResolvedServer> & { url: string; owner?: string }>;
  dialer?: Partial<DialerOptions>;
  relay?: Partial<RelayPluginOptions>;
};

/**
 * The relay in a host that does what a host must: guards Host and Origin, and knows who is calling. Here the caller says
 * so in `x-owner`, and an `Authorization` that begins with `Bearer ours` is for the host.
 */
export async function openRelayHost({ servers = {}, dialer, relay }: RelayHostOptions = {}) {
  const opened = createDialer({ allowAddresses: [], ...dialer });
  const app = Fastify({ forceCloseConnections: true });
  const isOwnHost = localhostHostValidation();
  const isOwnOrigin = localhostOriginValidation();
  app.addHook("onRequest", async (request, reply) => {
    if (!passes(isOwnHost, request.raw, reply.raw) || !passes(isOwnOrigin, request.raw, reply.raw)) reply.hijack();
  });
  await app.register(relayPlugin, {
    dialer: async () => opened,
    callerOf: ({ headers }) => ({ ownerId: String(headers["x-owner"] ?? "me") }),
    authorizationOf: async ({ headers: { authorization } }) =>
      authorization === undefined || authorization.startsWith("Bearer ours") ? null : authorization,
    resolveServer: async (ownerId, serverId) => {
      const server = servers[serverId];
      if (!server || (server.owner ?? ownerId) !== ownerId) return null;
      return { type: "http-stream", headers: {}, mayBePrivate: true, ...server };
    },
    proxyTimeoutMs: 10_000,
    setAlarm(ms, ring) {
      const timer = setTimeout(ring, ms);
      return () => clearTimeout(timer);
    },
    ...relay,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    app,
    port,
    url: `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      await app.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

type Guard = (request: IncomingMessage, response: ServerResponse) => boolean;
const passes = (guard: Guard, request: IncomingMessage, response: ServerResponse) => guard(request, response);

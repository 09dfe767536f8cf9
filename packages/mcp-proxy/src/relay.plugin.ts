import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { FastifyContextConfig, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Dispatcher } from "undici";
import { DialError } from "./dialer/dial-error.ts";
import type { Dialer } from "./dialer/dialer.ts";
import { createRelay } from "./relay/relay.ts";
import type { RelayOptions, Upstream } from "./relay/relay.ts";
import { ofDialError, refusals, toRefusalBody } from "./relay/refusal.ts";
import type { Refusal } from "./relay/refusal.ts";

/** A registered server, as far as the relay needs to know it. */
export type ResolvedServer = {
  /** As its owner registered it. */
  url: string;
  type: "http-stream" | "http-post" | "stdio";
  /** What chatee adds to every request: the server's static headers and the owner's credentials for it. */
  headers: Readonly<Record<string, string>>;
  /** Whether the server may be at a private address, when its URL says so itself. */
  mayBePrivate: boolean;
  /** See `Upstream`. */
  onRefused?: Upstream["onRefused"];
};

/** One request, with the headers that the host's door puts on every answer. */
export type Exchange = { request: IncomingMessage; response: ServerResponse; door: OutgoingHttpHeaders };

export type RelayPluginOptions = RelayOptions & {
  /** Asked for at each request, so that it need not be open before the first. */
  dialer: () => Promise<Dialer>;
  /** Who is calling. The doors have let them in already: a request without a caller is a bug and throws. */
  callerOf: (request: FastifyRequest) => { ownerId: string };
  /** The `Authorization` that the caller means for an upstream of `?url=`; null when it is for chatee, or absent. */
  authorizationOf: (request: FastifyRequest) => Promise<string | null>;
  /** The owner's server of this id; null when there is none or it is switched off. */
  resolveServer: (ownerId: string, serverId: string) => Promise<ResolvedServer | null>;
  /** Answers for an owner's server that is a local program; never rejects. Without it such servers are refused. */
  serveProgram?: (ownerId: string, serverId: string, exchange: Exchange) => Promise<void>;
  /** What the host's hooks want to know of the relay's routes. */
  routeConfig?: FastifyContextConfig;
};

const maxWays = 500;
const relayed = ["GET", "POST", "DELETE"];
const refused = ["HEAD", "PUT", "PATCH"];

/** Who answers a request, or why nobody does. */
type Route = (request: FastifyRequest, ownerId: string) => Promise<((exchange: Exchange) => Promise<void>) | Refusal>;

/**
 * The doors to MCP servers: `/mcp/:serverId` for registered ones, with their credentials, and `/mcp?url=` for public
 * ones that nobody registered. Bodies are never parsed, and answers go out as they come in. Who may knock and who is
 * calling is decided before, in the host's own hooks.
 */
export const relayPlugin: FastifyPluginAsync<RelayPluginOptions> = async (app, options) => {
  const relay = createRelay(options);
  const ways = new Map<string, { url: URL; dispatcher: Dispatcher }>();

  /** The way to a registered server's URL, the same each time. */
  async function wayTo({ url: text, mayBePrivate }: ResolvedServer): Promise<{ url: URL; dispatcher: Dispatcher }> {
    const key = `${mayBePrivate} ${text}`;
    const known = ways.get(key);
    if (known) return known;
    const dialer = await options.dialer();
    const way = mayBePrivate ? dialer.forTarget(text) : dialer;
    const found = { url: way.parse(text), dispatcher: way.dispatcher };
    if (ways.size >= maxWays) ways.clear();
    ways.set(key, found);
    return found;
  }

  const toRegistered: Route = async (request, ownerId) => {
    const { serverId } = request.params as { serverId: string };
    const server = await options.resolveServer(ownerId, serverId);
    if (!server) return refusals.noServer;
    if (server.type === "stdio") {
      const { serveProgram } = options;
      return serveProgram ? (exchange) => serveProgram(ownerId, serverId, exchange) : refusals.notOverHttp;
    }
    const { headers, onRefused } = server;
    const target = `server ${serverId}`;
    const upstream = { ...(await wayTo(server)), target, headers, ...(onRefused && { onRefused }) };
    return (exchange) => relay.handle(ownerId, upstream, exchange);
  };

  const toUnregistered: Route = async (request, ownerId) => {
    const query = new URLSearchParams(request.raw.url?.split("?").slice(1).join("?"));
    const [text, ...more] = query.getAll("url");
    if (text === undefined || more.length > 0) return refusals.noUrl;
    if (query.getAll("transportType").some((type) => type !== "streamable-http")) return refusals.otherTransport;
    const dialer = await options.dialer();
    const url = dialer.parse(text);
    const authorization = await options.authorizationOf(request);
    const headers: Record<string, string> = authorization === null ? {} : { authorization };
    const upstream = { url, dispatcher: dialer.dispatcher, target: `url ${url.href}`, headers };
    return (exchange) => relay.handle(ownerId, upstream, exchange);
  };

  /** Before the body: from here on the request is the relay's, which reads it at the upstream's pace. */
  const relayTo = (route: Route) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { ownerId } = options.callerOf(request);
    const answer = await routed(route, request, ownerId);
    if (typeof answer !== "function") return send(reply, answer);
    const door = reply.getHeaders() as OutgoingHttpHeaders;
    reply.hijack();
    await answer({ request: request.raw, response: reply.raw, door });
    return undefined;
  };

  for (const [url, route] of [
    ["/mcp", toUnregistered],
    ["/mcp/:serverId", toRegistered],
  ] as const) {
    const config = options.routeConfig ?? {};
    app.route({ method: relayed, url, config, exposeHeadRoute: false, onRequest: relayTo(route), handler: never });
    app.route({
      method: refused,
      url,
      config,
      onRequest: async (_, reply) => send(reply, refusals.badMethod),
      handler: never,
    });
    app.options(url, { config }, async (_request, reply) =>
      reply.code(204).header("allow", refusals.badMethod.headers.allow).send(),
    );
  }
};

/** Every request is answered in a hook, before its body would be parsed for a handler. */
function never(): never {
  throw new TypeError("the relay has answered");
}

/** As `route`, with what the dialer throws as a refusal. */
async function routed(route: Route, request: FastifyRequest, ownerId: string): ReturnType<Route> {
  try {
    return await route(request, ownerId);
  } catch (error) {
    if (error instanceof DialError) return ofDialError(error);
    throw error;
  }
}

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.status)
    .headers({ "cache-control": "no-store", ...refusal.headers })
    .type("application/json; charset=utf-8")
    .send(toRefusalBody(refusal));
}

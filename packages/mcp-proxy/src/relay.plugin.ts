import type { OutgoingHttpHeaders } from "node:http";
import type {
  FastifyContextConfig,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
} from "fastify";
import type { Dispatcher } from "undici";
import { DialError } from "./dialer/dial-error.ts";
import type { Dialer } from "./dialer/dialer.ts";
import type { Asked } from "./relay/exchange.ts";
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
export type Exchange = Asked;

export type RelayPluginOptions = RelayOptions & {
  /** Asked for at each request, so that it need not be open before the first. */
  dialer: () => Promise<Dialer>;
  /** Who is calling. The doors have let them in already: a request without a caller is a bug and throws. */
  callerOf: (request: FastifyRequest) => { ownerId: string };
  /** The `Authorization` that the caller means for an upstream of `?url=`; null when it is for chatee, or absent. */
  authorizationOf: (request: FastifyRequest) => Promise<string | null>;
  /** The owner's server of this id; null when there is none or it is switched off. */
  resolveServer: (ownerId: string, serverId: string) => ResolvedServer | null | Promise<ResolvedServer | null>;
  /** Answers for an owner's server that is a local program; never rejects. Without it such servers are refused. */
  serveProgram?: (ownerId: string, serverId: string, exchange: Exchange) => Promise<void>;
  /** Called when an answer is going to last, and the host may want to end it one day by destroying `reply.raw`. */
  onLasting?: (request: FastifyRequest, reply: FastifyReply) => void;
  /** What the host's hooks want to know of the relay's routes. */
  routeConfig?: FastifyContextConfig;
};

type Way = { url: URL; dispatcher: Dispatcher };

const maxWays = 500;
const relayed = ["GET", "POST", "DELETE"];
const refused = ["HEAD", "PUT", "PATCH"];

/** Who answers a request, or why nobody does. */
type Answer = ((exchange: Exchange) => void) | Refusal;
type Route = (request: FastifyRequest, ownerId: string) => Answer | Promise<Answer>;

/**
 * The doors to MCP servers: `/mcp/:serverId` for registered ones, with their credentials, and `/mcp?url=` for public
 * ones that nobody registered. Bodies are never parsed, and answers go out as they come in. Who may knock and who is
 * calling is decided before, in the host's own hooks.
 */
export const relayPlugin: FastifyPluginAsync<RelayPluginOptions> = async (app, options) => {
  const relay = createRelay(options);
  const ways = new Map<string, Way>();

  /** The way to a registered server's URL, the same each time. */
  async function findWay(server: ResolvedServer): Promise<Way> {
    const { url: text, mayBePrivate } = server;
    const dialer = await options.dialer();
    const way = mayBePrivate ? dialer.forTarget(text) : dialer;
    const found = { url: way.parse(text), dispatcher: way.dispatcher };
    if (ways.size >= maxWays) ways.clear();
    ways.set(keyOf(server), found);
    return found;
  }

  function answerOf(ownerId: string, serverId: string, server: ResolvedServer | null): Answer | Promise<Answer> {
    if (!server) return refusals.noServer;
    if (server.type === "stdio") {
      const { serveProgram } = options;
      if (!serveProgram) return refusals.notOverHttp;
      return (exchange) => {
        // How long a program answers is not seen from here.
        exchange.onLasting?.();
        void serveProgram(ownerId, serverId, exchange);
      };
    }
    const answer = ({ url, dispatcher }: Way): Answer => {
      const { headers, onRefused } = server;
      const upstream = { url, dispatcher, headers, onRefused, target: `server ${serverId}` };
      return (exchange) => relay.handle(ownerId, upstream, exchange);
    };
    const known = ways.get(keyOf(server));
    return known ? answer(known) : findWay(server).then(answer);
  }

  const toRegistered: Route = (request, ownerId) => {
    const { serverId } = request.params as { serverId: string };
    const server = options.resolveServer(ownerId, serverId);
    if (!(server instanceof Promise)) return answerOf(ownerId, serverId, server);
    return server.then((found) => answerOf(ownerId, serverId, found));
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

  /**
   * Before the body: from here on the request is the relay's, which reads it at the upstream's pace. Where all that is
   * asked about is known, the request goes up in the same turn of the event loop.
   */
  const relayTo = (route: Route): onRequestHookHandler => {
    return (request, reply, done) => {
      const give = (answer: Answer) => {
        if (typeof answer !== "function") return void send(reply, answer);
        const door = reply.getHeaders() as OutgoingHttpHeaders;
        reply.hijack();
        answer({
          request: request.raw,
          response: reply.raw,
          door,
          onLasting: () => options.onLasting?.(request, reply),
        });
      };
      const fail = (error: unknown) => {
        if (error instanceof DialError) send(reply, ofDialError(error));
        else done(error as Error);
      };
      let answer: Answer | Promise<Answer>;
      try {
        answer = route(request, options.callerOf(request).ownerId);
      } catch (error) {
        return fail(error);
      }
      if (answer instanceof Promise) answer.then(give).catch(fail);
      else give(answer);
    };
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

const keyOf = ({ url, mayBePrivate }: ResolvedServer) => (mayBePrivate ? url : `public ${url}`);

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.status)
    .headers({ "cache-control": "no-store", ...refusal.headers })
    .type("application/json; charset=utf-8")
    .send(toRefusalBody(refusal));
}

import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AccessService, Caller } from "@chatee/api/access/access.service";
import type { Environment } from "@chatee/api/environment";
import type { Services } from "@chatee/api/services";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import Fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { callerOf } from "./caller-of.ts";
import { createCallContexts } from "./call-contexts.ts";
import type { Config } from "./config.ts";
import { answerCors } from "./cors.ts";
import type { RouteCors } from "./cors.ts";
import type { Doors } from "./doors.ts";
import type { OneTimePass } from "./one-time-pass.ts";
import { createReplies } from "./replies.ts";
import { accessTokensPlugin } from "./plugins/access-tokens.ts";
import { dataPlugin } from "./plugins/data.ts";
import type { Backups } from "./plugins/data.ts";
import { healthPlugin } from "./plugins/health.ts";
import { mcpChateePlugin } from "./plugins/mcp-chatee.ts";
import { mcpOauthPlugin } from "./plugins/mcp-oauth.ts";
import { mcpPlugin } from "./plugins/mcp.ts";
import type { McpDeps } from "./plugins/mcp.ts";
import { metricsPlugin } from "./plugins/metrics.ts";
import { signInPlugin } from "./plugins/sign-in.ts";
import { createTrpcSockets } from "./plugins/trpc-sockets.ts";
import { trpcPlugin } from "./plugins/trpc.ts";
import { webPlugin } from "./plugins/web.ts";
import { createTokenHolds } from "./token-holds.ts";
import { restPlugin } from "./rest/rest.plugin.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is calling; null on open doors. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Nobody is asked who they are. */
    isOpen?: boolean;
    /** The UI itself, which other sites may link to. */
    isPage?: boolean;
    /** A bearer token may be meant for somebody else. */
    cookieFirst?: boolean;
    /** The answer may be a stream of hours: it ends with the token that it was asked for with. */
    mayLast?: boolean;
    /** The body may take as long as bytes keep coming. */
    isUpload?: boolean;
    cors?: RouteCors;
  }
}

export type AppDeps = {
  config: Config;
  services: Services;
  access: AccessService;
  /** How the program that hosts this server comes in; null when nobody does. */
  pass: OneTimePass | null;
  doors: Doors;
  environment: Environment;
  mcp: McpDeps;
  backups: Backups;
  version: string;
  /** The built web UI; null when there is none. */
  webFolder: string | null;
};

const safetyHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
};
const maxBodyBytes = 1024 * 1024;
/** Until a body is there, unless it is an upload. */
const bodyTimeoutMs = 30_000;
/** How long a stream may outlive its token when that ended elsewhere. */
const reviewEveryMs = 30_000;

/** A body that drips is cut, as slow headers are. */
function limitBody({ raw }: FastifyRequest, cut: ReturnType<typeof createReplies>["onClientError"]): void {
  const { "content-length": length = "0", "transfer-encoding": coding } = raw.headers;
  if (coding === undefined && length === "0") return;
  // Most bodies come with their head, and need no timer.
  setImmediate(() => {
    if (raw.complete || raw.destroyed) return;
    const timer = setTimeout(() => {
      if (raw.complete || raw.destroyed) return;
      cut(Object.assign(new Error("the body took too long"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), raw.socket);
    }, bodyTimeoutMs);
    timer.unref();
    raw.once("close", () => clearTimeout(timer));
  });
}

function noSchemas(): never {
  throw new TypeError("a route has a JSON Schema, and nothing here compiles one");
}

/** Whoever comes in by an open door; owns nothing. */
const nobody: Caller = { ownerId: "", tokenId: "none" };

export type App = Awaited<ReturnType<typeof openApp>>;

/** All that answers HTTP and WebSockets, ready for requests; it listens on nothing itself. */
export async function openApp(deps: AppDeps) {
  const { config, services, environment, doors } = deps;
  let isClosing = false;
  const replies = createReplies(environment);
  const handler = Promise.withResolvers<RequestListener>();
  /** Unique among all starts, and as cheap as counting. */
  const requestIds = environment.newId();
  let requests = 0;
  const app: FastifyInstance = Fastify({
    serverFactory: (listener) => {
      handler.resolve(listener);
      return createServer();
    },
    bodyLimit: maxBodyBytes,
    forceCloseConnections: true,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    genReqId: () => `${requestIds}-${(++requests).toString(36)}`,
    // Inputs are checked by zod and answers are JSON.stringify's: Fastify's compilers of JSON Schema are not loaded.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    routerOptions: { maxParamLength: 4_000, caseSensitive: true },
    frameworkErrors: replies.onError,
  });
  const contexts = createCallContexts({ services, environment });
  const holds = createTokenHolds();
  deps.access.onRevoked(holds.endOf);
  const reviewing = setInterval(() => {
    if (config.auth.mode !== "none") void holds.review(deps.access.isLive);
  }, reviewEveryMs);
  reviewing.unref();
  const sockets = createTrpcSockets({ doors, contexts, holds, environment });
  const contextOf = (request: FastifyRequest) => {
    const caller = request.caller ?? (request.routeOptions.config.isOpen === true ? nobody : callerOf(request));
    return contexts.forRequest(caller, { requestId: request.id, pageOrigin: doors.pageOrigin(request.raw) });
  };

  app.setErrorHandler(replies.onError);
  app.setNotFoundHandler(replies.onNotFound);
  app.decorateRequest("caller", null);
  /** What was asked for with this token goes on no longer than the token. */
  const endWithToken = (caller: Caller, { raw }: FastifyReply) => {
    raw.once(
      "close",
      holds.hold(caller, () => raw.destroy()),
    );
  };
  // Called back, for most callers are known at once: a promise per hook is a tenth of what a relayed request costs.
  app.addHook("onRequest", (request, reply, done) => {
    const { config } = request.routeOptions;
    const comeIn = (caller: Caller | null) => {
      request.caller = caller;
      if (config.mayLast === true && caller) endWithToken(caller, reply);
      done();
    };
    const refuse = (error: unknown) => done(error as Error);
    let caller: MaybePromise<Caller> | null;
    try {
      reply.headers(safetyHeaders);
      if (config.isUpload !== true) limitBody(request, replies.onClientError);
      doors.admit(request.raw, config.isPage === true);
      if (answerCors(doors, request, reply, config.cors)) return;
      caller = config.isOpen === true ? null : doors.identify(request.raw, config.cookieFirst);
    } catch (error) {
      return refuse(error);
    }
    if (caller instanceof Promise) caller.then(comeIn).catch(refuse);
    else comeIn(caller);
  });

  void app.register(metricsPlugin, { activeRuns: services.activeRuns, openSockets: sockets.count });
  void app.register(healthPlugin, { system: services.system, isClosing: () => isClosing });
  const { access, pass } = deps;
  void app.register(signInPlugin, { doors, access, pass, now: environment.now });
  void app.register(accessTokensPlugin, { access });
  void app.register(dataPlugin, { data: services.data, backups: deps.backups, environment });
  void app.register(trpcPlugin, { contextOf, environment });
  void app.register(restPlugin, { createContext: contextOf, version: deps.version });
  void app.register(mcpPlugin, {
    ...deps.mcp,
    doors,
    endWithToken,
    health: services.mcp.health,
    settings: config.mcp,
  });
  void app.register(mcpChateePlugin, { services, environment, version: deps.version });
  void app.register(mcpOauthPlugin, { oauth: services.mcpOauth, doors });
  void app.register(webPlugin, { folder: deps.webFolder });

  await app.ready();
  return {
    handle: await handler.promise,
    upgrade: sockets.upgrade,
    onClientError: replies.onClientError,
    /** From now on `/ready` says no, so that a balancer looks elsewhere; requests are still answered. */
    beginClosing() {
      isClosing = true;
    },
    async close(): Promise<void> {
      isClosing = true;
      clearInterval(reviewing);
      sockets.close();
      await app.close();
    },
  };
}

import { createCaller } from "@chatee/api/app-router";
import type { Context } from "@chatee/api/context";
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { challenge, retryAfterS, toJsonBody } from "../errors.ts";
import type { Refusal } from "../errors.ts";
import { docsPlugin } from "./docs.plugin.ts";
import { assertPlainText, parseJsonBody } from "./json-body.ts";
import { filesPlugin } from "./files.plugin.ts";
import { createPathIndex } from "./path-index.ts";
import { parseInput, toBugRefusal, toRestRefusal } from "./refusals.ts";
import type { RestRoute } from "./route.ts";
import { restRoutes } from "./routes.ts";
import { fromWire, toWire } from "./wire.ts";

export type RestOptions = {
  /** Called for admitted requests only; on open routes nobody may have signed in. */
  createContext: (request: FastifyRequest, reply: FastifyReply) => Context;
  version: string;
};

const prefix = "/api";
/** What a 429 says when the failure does not know when to come back. */
const defaultRetryS = 10;

/**
 * The REST face: every route of the table, under `/api`. It adds names, times, limits and statuses of its own
 * and nothing else: checks, rights and work are those of the procedures that a route calls.
 */
export const restPlugin: FastifyPluginAsync<RestOptions> = async (host, options) => {
  await host.register(async (api) => registerRest(api, options), { prefix });
};

async function registerRest(api: FastifyInstance, options: RestOptions): Promise<void> {
  const methodsAt = createPathIndex(restRoutes);

  api.removeAllContentTypeParsers();
  api.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: FastifyRequest, bytes: Buffer) =>
    parseJsonBody(bytes),
  );
  api.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));

  api.setErrorHandler((error, request, reply) => {
    const known = toRestRefusal(error, request.routeOptions.bodyLimit);
    if (known) return send(reply, known);
    return send(reply, toBugRefusal(options.createContext(request, reply).reportBug(error).errorId));
  });
  const refuse = (request: FastifyRequest, reply: FastifyReply) => {
    const methods = methodsAt(request.url);
    if (methods.length === 0) {
      return send(reply, { code: "NOT_FOUND", status: 404, message: "There is no such route.", failure: null });
    }
    reply.header("allow", methods.join(", "));
    const message = `This path answers ${methods.join(", ")}.`;
    return send(reply, { code: "METHOD_NOT_SUPPORTED", status: 405, message, failure: null });
  };
  api.setNotFoundHandler(refuse);
  // A route, so that no wildcard of the host (the UI has one) answers under `/api`.
  api.all("/*", refuse);

  for (const route of restRoutes) {
    if (route.isStream) continue;
    for (const path of [route.path, ...route.aliases]) {
      api.route({
        method: route.method,
        url: path.slice(prefix.length),
        bodyLimit: route.bodyBytes,
        exposeHeadRoute: false,
        config: { isOpen: route.isOpen },
        handler: (request, reply) => handle(route, request, reply, options),
      });
    }
  }
  await api.register(filesPlugin, { createContext: options.createContext });
  await api.register(docsPlugin, { routes: restRoutes, version: options.version });
}

async function handle(
  route: RestRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { createContext }: RestOptions,
): Promise<unknown> {
  assertPlainText(request.params);
  assertPlainText(request.query);
  const input = {
    params: parseInput(route.params, fromWire(request.params)),
    query: parseInput(route.query, fromWire(withoutEmpty(request.query as Record<string, unknown>))),
    body: route.body && parseInput(route.body, fromWire(request.body ?? {})),
  };
  const call = createCaller(createContext(request, reply), { signal: untilLeft(reply) });
  const answer = await route.run({ call, ...input });
  reply.code(route.statusOf(answer));
  return toWire(answer);
}

/** `?limit=` says nothing. */
function withoutEmpty(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}

/** Aborts when the caller goes away before the answer is out. */
function untilLeft(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) left.abort();
  });
  return left.signal;
}

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.status === 429) reply.header("retry-after", String(retryAfterS(refusal.failure) ?? defaultRetryS));
  if (refusal.status === 401) reply.headers(challenge);
  return reply.code(refusal.status).send(toJsonBody(refusal));
}

import { isUtf8 } from "node:buffer";
import { appRouter } from "@chatee/api/app-router";
import type { Context } from "@chatee/api/context";
import type { Environment } from "@chatee/api/environment";
import { DomainError } from "@chatee/shared/failure";
import { fastifyRequestHandler } from "@trpc/server/adapters/fastify";
import type { FastifyPluginAsync, FastifyRequest } from "fastify";

export const maxBatchCalls = 50;
/** A session or a set of configurations as a file does not fit into an ordinary request. */
const importBytes = 64 * 1024 * 1024;
const poison =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

/** The typed API over HTTP. tRPC parses the JSON itself, so what Fastify's parser would refuse is refused here. */
export const trpcPlugin: FastifyPluginAsync<{
  contextOf: (request: FastifyRequest) => Context;
  environment: Environment;
}> = async (app, { contextOf, environment }) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (_request: FastifyRequest, body: Buffer) => {
      if (!isUtf8(body)) throw invalidBody("is not UTF-8");
      const text = body.toString("utf8");
      if (poison.test(text)) throw invalidBody("holds the key __proto__");
      return text;
    },
  );

  const handle = async (
    request: FastifyRequest<{ Params: { path: string } }>,
    reply: Parameters<typeof fastifyRequestHandler>[0]["res"],
  ) => {
    reply.header("cache-control", "no-store");
    await fastifyRequestHandler({
      router: appRouter,
      req: request,
      res: reply,
      path: request.params.path,
      maxBatchSize: maxBatchCalls,
      createContext: () => contextOf(request),
      onError: ({ error }) => {
        if (error.code === "INTERNAL_SERVER_ERROR" && !error.cause) {
          environment.log.error({ error, requestId: request.id }, "a call could not be answered");
        }
      },
    });
  };
  for (const path of ["sessions.import", "sessions.importFile", "llm.import", "data.import"]) {
    app.post(`/trpc/${path}`, { bodyLimit: importBytes }, (request, reply) =>
      handle(Object.assign(request, { params: { path } }), reply),
    );
  }
  app.route({ method: ["GET", "POST"], url: "/trpc/:path", handler: handle as never });
};

function invalidBody(problem: string): DomainError {
  return new DomainError({ code: "input.invalid", issues: [{ path: "", message: `the body ${problem}` }] });
}

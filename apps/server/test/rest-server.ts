import type { Context } from "@chatee/api/context";
import { openTestServices } from "@chatee/api/testing/test-services";
import type { ServicesDeps } from "@chatee/api/services";
import { openTestDatabase } from "@chatee/db/testing/engines";
import Fastify from "fastify";
import { expect, onTestFinished } from "vitest";
import { createReplies } from "../src/replies.ts";
import { restPlugin } from "../src/rest/rest.plugin.ts";
import type { RestRoute } from "../src/rest/route.ts";
import { restRoutes } from "../src/rest/routes.ts";
import { fromWire, toWire } from "../src/rest/wire.ts";

export type RestAnswer = { status: number; headers: Headers; body: unknown };

/** The REST face on a port of its own, over real services on a real database; nobody is asked to sign in. */
export async function openRestServer({
  expectsBugs = false,
  ...options
}: Partial<ServicesDeps> & { expectsBugs?: boolean } = {}) {
  const db = await openTestDatabase("sqlite");
  const test = await openTestServices(db, options);
  const bugs: unknown[] = [];
  if (!expectsBugs) onTestFinished(() => expect(bugs.map(String)).toEqual([]));
  const context = (requestId: string): Context => ({
    ownerId: test.ownerId,
    services: test.services,
    requestId,
    begin: () => true,
    end: () => {},
    queuedBytes: () => 0,
    pause: async () => {},
    pageOrigin: null,
    dropSocket: () => {},
    reportBug: (error) => {
      bugs.push(error);
      return { errorId: `bug-${bugs.length}` };
    },
  });
  const replies = createReplies(test.environment);
  const app = Fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4_000 },
    frameworkErrors: replies.onError,
  });
  app.setErrorHandler(replies.onError);
  app.setNotFoundHandler(replies.onNotFound);
  await app.register(restPlugin, { createContext: (request) => context(request.id), version: "1.2.3" });
  const origin = await app.listen({ host: "127.0.0.1", port: 0 });

  async function request(method: string, path: string, init: RequestInit = {}): Promise<RestAnswer> {
    const response = await fetch(`${origin}${path}`, { method, ...init });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }
  const send = (method: string) => (path: string, body?: unknown) =>
    request(
      method,
      path,
      body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    );

  return {
    ...test,
    db,
    origin,
    /** What reached the log as a bug; unless a test expects some, any fails it. */
    bugs,
    request,
    get: send("GET"),
    post: send("POST"),
    put: send("PUT"),
    delete: send("DELETE"),
    async [Symbol.asyncDispose]() {
      await app.close();
      await test[Symbol.asyncDispose]();
    },
  };
}
export type RestServer = Awaited<ReturnType<typeof openRestServer>>;

/** One text field of an answer's body. */
export function textIn({ body }: RestAnswer, field: string): string {
  const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[field] : undefined;
  if (typeof value !== "string") throw new Error(`no ${field} in ${JSON.stringify(body)}`);
  return value;
}

/** The route of the table that serves `method path`. */
export function routeOf(method: string, path: string): RestRoute {
  const found = restRoutes.find((one) => one.method === method && one.path === path);
  if (!found) throw new Error(`no route ${method} ${path}`);
  return found;
}

/** The body holds exactly the fields that the route documents, each of its documented type, with times in ISO and UTC. */
export function expectDocumented(route: RestRoute, body: unknown): void {
  const inside = fromWire(body);
  expect(route.answer.safeParse(inside).error?.issues ?? [], `${route.method} ${route.path}`).toEqual([]);
  expect(toWire(inside)).toEqual(body);
}

/** An error as every client of the REST face can read it. */
export function expectError(answer: RestAnswer, status: number | RegExp, name = ""): void {
  const expected = typeof status === "number" ? new RegExp(`^${status}$`) : status;
  expect(String(answer.status), `${name} ${JSON.stringify(answer.body)}`).toMatch(expected);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  const message = textIn(answer, "message");
  expect(answer.body).toMatchObject({ error: { code: expect.stringMatching(/^[A-Z_]+$/), message } });
  expect(JSON.stringify(answer.body)).not.toMatch(/\bat .+:\d+:\d+|node_modules|select |insert |SQLITE/i);
}

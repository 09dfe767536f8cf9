import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { AccessService } from "@chatee/api/access/access.service";
import type { GuessLimiter } from "@chatee/api/access/guess-limiter";
import type { SystemService } from "@chatee/api/system/system.service";
import type { App } from "./app.ts";
import type { Config } from "./config.ts";
import { createDoors } from "./doors.ts";
import { checkHealth } from "./plugins/health.ts";

type FrontDeps = {
  config: Config;
  access: AccessService;
  limiter: GuessLimiter;
  system: SystemService;
};

const maxHeaderBytes = 16 * 1024;
const headersTimeoutMs = 20_000;
/** What an upgraded socket gets to take its leave when the server closes. */
const lastWordsMs = 1_000;

export type Front = ReturnType<typeof createFront>;

/**
 * The listening server, before and while the rest of the HTTP side is loaded, which is most of a start: whoever watches
 * the process hears at once that it lives and not yet that it is ready, and every other request waits for the rest.
 */
export function createFront({ config, access, limiter, system }: FrontDeps) {
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    // How long a body may take depends on what it is for: see the app.
    requestTimeout: 0,
    // How often the limit above is looked at; Node's default would let a slow sender stay for another 30 s.
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 72_000,
    noDelay: true,
  });
  let port: number | null = null;
  /** Asked several times a request, and the system only once: it stays the same while the server listens. */
  const boundPort = () => {
    const address = port === null ? server.address() : null;
    if (typeof address === "object" && address !== null) port = address.port;
    return port ?? config.server.port;
  };
  const doors = createDoors({ config, access, limiter, boundPort });
  const whole = Promise.withResolvers<App>();

  async function answer(response: ServerResponse, found: Promise<{ status: number; body: unknown }>): Promise<void> {
    const { status, body } = await found;
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(JSON.stringify(body));
  }
  const notYet = Promise.resolve({ status: 503, body: { ready: false } });
  const early: RequestListener = (request, response) => {
    const asked = isWatch(request) ? request.url : "";
    if (asked === "/health") void answer(response, checkHealth(system));
    else if (asked === "/ready") void answer(response, notYet);
    else void whole.promise.then((app) => app.handle(request, response));
  };
  /** What is refused, or asked by a page, gets its answer from the app. */
  function isWatch(request: IncomingMessage): boolean {
    if (request.method !== "GET" || request.headers.origin !== undefined) return false;
    try {
      doors.admit(request, false);
      return true;
    } catch {
      return false;
    }
  }
  server.on("request", early);
  /** Node's server waits for these when it closes, and otherwise knows nothing of them any more. */
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    upgraded.add(socket);
    // Nobody else listens while the socket waits, and an error that nobody listens for ends the process.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => upgraded.delete(socket));
    void whole.promise.then((app) => app.upgrade(request, socket, head));
  });

  return {
    doors,
    /** Resolves to the port. */
    async listen(): Promise<number> {
      const { host, port: wanted } = config.server;
      server.listen({ host, port: wanted });
      await once(server, "listening");
      return boundPort();
    },
    /** From now on all requests are the app's, also those that waited for it. */
    handOver(app: App): void {
      server.off("request", early).on("request", app.handle).on("clientError", app.onClientError);
      whole.resolve(app);
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      const last = setTimeout(() => {
        for (const socket of upgraded) socket.destroy();
      }, lastWordsMs);
      await closed;
      clearTimeout(last);
    },
  };
}

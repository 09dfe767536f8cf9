import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { Agent } from "undici";
import type { Dispatcher } from "undici";
import { serveCommands } from "./commands.ts";

/** The least that relays streams both ways on Fastify: no doors, no owner, no lists of headers, no limits. */
async function listen({ upstream }: { upstream: string }): Promise<string> {
  const agent = new Agent({ bodyTimeout: 0, headersTimeout: 0 });
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.all("/*", (request, reply) => {
    reply.hijack();
    const { raw: response } = reply;
    const { host: _host, connection: _connection, ...headers } = request.headers;
    let controller: Dispatcher.DispatchController | null = null;
    response.on("drain", () => controller?.resume());
    response.on("close", () => controller?.abort(new Error("the caller left")));
    agent.dispatch(
      {
        origin: upstream,
        path: request.raw.url ?? "/",
        method: request.method,
        headers: headers as Record<string, string>,
        body: request.method === "POST" ? request.raw : null,
      },
      {
        onRequestStart(started) {
          controller = started;
        },
        onResponseStart(_controller, status, answered) {
          const { connection: _c, "keep-alive": _k, ...down } = answered;
          response.writeHead(status, down as Record<string, string>);
        },
        onResponseData(started, chunk) {
          if (!response.write(chunk)) started.pause();
        },
        onResponseEnd() {
          controller = null;
          response.end();
        },
        onResponseError: () => void response.destroy(),
      },
    );
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

const commands = { listen };
export type BareRelayCommands = typeof commands;
serveCommands(commands);

import type { AddressInfo } from "node:net";
import replyFrom from "@fastify/reply-from";
import Fastify from "fastify";
import { serveCommands } from "./commands.ts";

/** What people take for relaying with Fastify. */
async function listen({ upstream }: { upstream: string }): Promise<string> {
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  await app.register(replyFrom, { base: upstream });
  app.all("/*", (request, reply) => void reply.from(request.raw.url));
  await app.listen({ port: 0, host: "127.0.0.1" });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

const commands = { listen };
export type ReplyFromCommands = typeof commands;
serveCommands(commands);

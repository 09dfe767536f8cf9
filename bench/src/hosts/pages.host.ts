import type { AddressInfo } from "node:net";
import { initTRPC } from "@trpc/server";
import { fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import Sqlite from "better-sqlite3";
import Fastify from "fastify";
import mysql from "mysql2/promise";
import { parseJson, rawPage } from "../raw-page.ts";
import { ownerId, sessionId } from "../seed.ts";
import { serveCommands } from "./commands.ts";

/** The same pages by the driver alone, behind tRPC and behind Fastify with nothing around them. */
export type PagesAt = { file: string } | { mysql: mysql.ConnectionOptions };

type Read = (before: number, limit: number) => Promise<Record<string, unknown>[]>;

async function openRead(at: PagesAt): Promise<Read> {
  if ("file" in at) {
    const client = new Sqlite(at.file);
    client.pragma("cache_size = -32000");
    const page = client.prepare(rawPage);
    return async (before, limit) =>
      (page.all(sessionId, before, ownerId, limit) as Record<string, unknown>[]).map(parseJson);
  }
  const client = await mysql.createConnection({ ...at.mysql, timezone: "Z" });
  return async (before, limit) => {
    const [rows] = await client.execute(rawPage, [sessionId, before, ownerId, String(limit)]);
    return (rows as Record<string, unknown>[]).map(parseJson);
  };
}

const commands = {
  async open(at: PagesAt) {
    const read = await openRead(at);
    const t = initTRPC.create();
    const input = (value: unknown) => value as { before: number; limit: number };
    const router = t.router({
      page: t.procedure
        .input(input)
        .query(async ({ input: { before, limit } }) => ({ messages: await read(before, limit) })),
    });
    const app = Fastify();
    await app.register(fastifyTRPCPlugin, { prefix: "/trpc", trpcOptions: { router } });
    app.route({
      method: "GET",
      url: "/page",
      handler: async (request) => {
        const { before, limit } = request.query as { before: string; limit: string };
        return { messages: await read(Number(before), Number(limit)) };
      },
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
  },
};
export type PagesCommands = typeof commands;
serveCommands(commands);

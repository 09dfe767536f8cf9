import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { initTRPC } from "@trpc/server";
import { fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import Fastify from "fastify";
import { WebSocketServer } from "ws";
import { serveCommands } from "./commands.ts";

/** The same work with nothing around it: what the libraries themselves cost. */
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;

const t = initTRPC.create();
const info = { version: "bench", engine: "sqlite", features: {} };
const router = t.router({ system: t.router({ info: t.procedure.query(() => info) }) });
const typed = Fastify();
await typed.register(fastifyTRPCPlugin, { prefix: "/trpc", trpcOptions: { router } });
await typed.listen({ port: 0, host: "127.0.0.1" });

const commands = {
  address: async () => ({
    url: `http://127.0.0.1:${port}`,
    typedUrl: `http://127.0.0.1:${(typed.server.address() as AddressInfo).port}`,
  }),
  async broadcast({ count, text, everyMs }: { count: number; text: string; everyMs: number }) {
    for (let index = 0; index < count; index++) {
      for (const socket of sockets.clients) socket.send(text);
      await pause(everyMs);
    }
  },
  /** Reads one answer to its end; resolves to the number of pieces of text. */
  async readAnswer({ url, model }: { url: string; model: string }) {
    const { stream } = await createOpenAICompatible({ name: "bare", baseURL: url })
      .languageModel(model)
      .doStream({ prompt: [{ role: "user", content: [{ type: "text", text: "Go on." }] }] });
    const reader = stream.getReader();
    let pieces = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return pieces;
      if (value.type === "text-delta") pieces++;
    }
  },
};
export type BareCommands = typeof commands;
serveCommands(commands);

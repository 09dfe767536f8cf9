import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { serveCommands } from "./commands.ts";

/** An MCP server as far as a relay can tell: one answer for every request, and event streams. */
const answer = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text: "x".repeat(100) }], isError: false },
});
const eventOf = (number: number) =>
  `event: message\nid: ${number}\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":${number},"at":${Date.now()}}}\n\n`;
const streams = new Set<ServerResponse>();

const server = createServer((request, response) => {
  request.resume();
  const url = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "POST") {
    request.on("end", () =>
      response
        .writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) })
        .end(answer),
    );
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  const flood = Number(request.headers["last-event-id"] ?? url.searchParams.get("flood") ?? 0);
  if (flood > 0) return void pour(response, flood);
  streams.add(response);
  response.on("close", () => streams.delete(response));
});
server.keepAliveTimeout = 120_000;

/** As many events as fast as they are taken. */
async function pour(response: ServerResponse, count: number): Promise<void> {
  for (let number = 0; number < count && !response.destroyed; number += 100) {
    let text = "";
    for (let index = 0; index < 100; index++) text += eventOf(number + index);
    if (!response.write(text)) await once(response, "drain");
  }
  response.end();
}

await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address() as AddressInfo;

const commands = {
  address: async () => `http://127.0.0.1:${port}`,
  openStreams: async () => streams.size,
  /** Sends so many events over every open stream, one by one, and ends the streams. */
  async emit({ count, everyMs }: { count: number; everyMs: number }) {
    for (let number = 0; number < count; number++) {
      const text = eventOf(number);
      for (const stream of streams) stream.write(text);
      await pause(everyMs);
    }
    for (const stream of streams) stream.end();
  },
};
export type UpstreamCommands = typeof commands;
serveCommands(commands);

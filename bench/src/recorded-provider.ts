import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

export const model = "recorded";
const words = ["The", " river", " turns", " south", ",", " and", " then", " it", " falls", ".\n"];

/** Says the same answer to everyone, a token per write, as OpenAI-compatible servers do. */
export async function openProvider(tokens: number, everyMs: number | null) {
  const chunk = (delta: object, more: object = {}) =>
    `data: ${JSON.stringify({
      id: "chatcmpl-8f3c2d1e",
      object: "chat.completion.chunk",
      created: 1_760_000_000,
      model,
      system_fingerprint: "fp_44709d6fcb",
      choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
    })}\n\n`;
  const usage = `data: ${JSON.stringify({
    id: "chatcmpl-8f3c2d1e",
    object: "chat.completion.chunk",
    created: 1_760_000_000,
    model,
    choices: [],
    usage: { prompt_tokens: 12, completion_tokens: tokens, total_tokens: tokens + 12 },
  })}\n\n`;
  const recorded = Array.from({ length: tokens }, (_, index) =>
    chunk({ content: index % 80 === 79 ? ".\n\n" : words[index % words.length] }),
  );
  const server = createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(chunk({ role: "assistant", content: "" }));
    for (const line of recorded) {
      if (!response.write(line)) await turn();
      await (everyMs === null ? turn() : new Promise((resolve) => setTimeout(resolve, everyMs)));
    }
    response.write(chunk({}, { finish_reason: "stop" }));
    response.write(usage);
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

import { WebSocket } from "ws";
import { openHost } from "../hosts/commands.ts";
import type { BareCommands } from "../hosts/bare.host.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { compare, us } from "../measure.ts";
import { model, openProvider } from "../recorded-provider.ts";
import type { Bench, Measurement } from "../measure.ts";
import { bearer, openApi } from "../visitor.ts";

const watchers = 10;

/**
 * What one token of an answer costs the server, from the provider's bytes to ten sockets and the database, against
 * the AI SDK's own reader of the same bytes that throws them away.
 */
export const runLoopBench: Bench = {
  name: "run-loop",
  async *run({ isQuick }) {
    const tokens = isQuick ? 2_000 : 8_000;
    const rounds = isQuick ? 7 : 15;
    yield await measure({ tokens, rounds, everyMs: null });
    yield await measure({ tokens: 300, rounds: Math.ceil(rounds / 3), everyMs: 5 });
  },
};

async function measure(options: { tokens: number; rounds: number; everyMs: number | null }): Promise<Measurement> {
  const { tokens, rounds, everyMs } = options;
  await using provider = await openProvider(tokens, everyMs);
  await using chatee = await openHost<ChateeCommands>("./chatee.host.ts");
  await using bare = await openHost<BareCommands>("./bare.host.ts");
  const { url, token } = await chatee.address();
  const headers = bearer(token);
  const client = openApi({ url, token });
  const { configId } = await client.llm.create.mutate({
    name: "Recorded",
    provider: "openai-compatible",
    apiUrl: provider.url,
    model,
  });

  const ours = async () => {
    const { sessionId } = await client.sessions.create.mutate({ sessionType: "memory", llmConfigId: configId });
    await using screens = await openScreens(url, headers, sessionId);
    const before = await chatee.cpuMs();
    await client.messages.send.mutate({ sessionId, content: "Go on." });
    await screens.ended;
    return (((await chatee.cpuMs()) - before) * 1000) / tokens;
  };
  const theirs = async () => {
    const before = await bare.cpuMs();
    const pieces = await bare.readAnswer({ url: provider.url, model });
    if (pieces !== tokens) throw new Error(`${pieces} of ${tokens} tokens were read`);
    return (((await bare.cpuMs()) - before) * 1000) / tokens;
  };
  const found = await compare(rounds, ours, theirs);
  return {
    name: `a token to ${watchers} sockets, ${everyMs === null ? "as fast as they come" : `one every ${everyMs} ms`}`,
    measured: `${us(found.measured)} CPU`,
    reference: `${us(found.reference)} CPU (doStream alone)`,
    ratio: found.ratio,
    bar: everyMs === null ? { atMost: 1.15 } : null,
  };
}

/** Sockets that watch one session; `ended` when all of them have seen its run end. */
async function openScreens(url: string, headers: Record<string, string>, sessionId: string) {
  const open = async () => {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/trpc`, { headers, perMessageDeflate: false });
    const started = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    socket.on("error", ended.reject);
    socket.on("open", () => {
      const params = { path: "sessions.events", input: { json: { sessionId } } };
      socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "subscription", params }));
    });
    socket.on("message", (data: Buffer) => {
      const message = data.toString("utf8");
      if (message.includes('"type":"started"')) started.resolve();
      if (message.includes('"type":"run.completed"')) ended.resolve();
      else if (/"type":"run\.(failed|cancelled|interrupted)"/.test(message)) ended.reject(new Error(message));
    });
    await started.promise;
    return { socket, ended: ended.promise };
  };
  const screens = await Promise.all(Array.from({ length: watchers }, open));
  return {
    ended: Promise.all(screens.map((screen) => screen.ended)),
    async [Symbol.asyncDispose]() {
      for (const { socket } of screens) socket.terminate();
    },
  };
}

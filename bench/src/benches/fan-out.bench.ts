import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { openHost } from "../hosts/commands.ts";
import type { Host } from "../hosts/commands.ts";
import type { BareCommands } from "../hosts/bare.host.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { compare, us } from "../measure.ts";
import type { Bench, Measurement } from "../measure.ts";
import { bearer, openApi } from "../visitor.ts";

/** A flush of a fast model: a handful of tokens. */
const text = "and then the river turns south, ".repeat(2);

/** What one event of one stream costs the server, for all its subscribers, against sending the same bytes with ws alone. */
export const fanOutBench: Bench = {
  name: "fan-out",
  async *run({ isQuick }) {
    const sizes = isQuick ? [1, 100] : [1, 100, 1_000];
    for (const size of sizes) yield await measure(size, isQuick);
  },
};

async function measure(size: number, isQuick: boolean): Promise<Measurement> {
  await using chatee = await openHost<ChateeCommands>("./chatee.host.ts");
  await using bare = await openHost<BareCommands>("./bare.host.ts");
  const { url, token } = await chatee.address();
  const client = openApi({ url, token });
  const { sessionId } = await client.sessions.create.mutate({ sessionType: "memory" });
  const ours = await openSubscribers(size, `${url}/trpc`, token, sessionId);
  const theirs = await openSubscribers(size, (await bare.address()).url, token, null);
  const count = size === 1_000 ? 20 : isQuick ? 60 : 150;
  const everyMs = size === 1_000 ? 60 : 4;

  const round = (host: Host<{}>, readers: Subscribers, send: (text: string) => Promise<unknown>) => async () => {
    const before = await host.cpuMs();
    const until = readers.received() + count * size;
    const bytes = readers.lastText() || text;
    await Promise.all([send(bytes), readers.until(until)]);
    return (((await host.cpuMs()) - before) * 1000) / count;
  };
  const found = await compare(
    size === 1_000 ? 5 : isQuick ? 7 : 11,
    round(chatee, ours, () => chatee.publish({ sessionId, count, text, everyMs })),
    round(bare, theirs, () => bare.broadcast({ text: ours.lastText() || text, count, everyMs })),
  );
  const lost = ours.lost();
  ours.close();
  theirs.close();
  if (lost > 0) throw new Error(`${lost} subscribers got something else than every event once and in order`);
  return {
    name: `one event to ${size} sockets`,
    measured: `${us(found.measured)} CPU`,
    reference: `${us(found.reference)} CPU (ws alone)`,
    ratio: found.ratio,
    bar: size === 100 ? { atMost: 4.2 } : null,
  };
}

type Subscribers = Awaited<ReturnType<typeof openSubscribers>>;

async function openSubscribers(size: number, url: string, token: string, sessionId: string | null) {
  let received = 0;
  let lastText = "";
  let disorder = 0;
  let waiting: { until: number; resolve: () => void } | null = null;
  const sockets: WebSocket[] = [];

  async function open(): Promise<void> {
    const socket = new WebSocket(url.replace(/^http/, "ws"), {
      headers: bearer(token),
      perMessageDeflate: false,
    });
    sockets.push(socket);
    await new Promise((resolve, reject) => void socket.on("open", resolve).on("error", reject));
    let next: number | null = null;
    const started = Promise.withResolvers<void>();
    socket.on("message", (data: Buffer) => {
      const message = data.toString("utf8");
      if (message.includes('"type":"started"')) return started.resolve();
      if (!message.includes('"message.delta"')) return;
      const offset = Number(/"offset":(\d+)/.exec(message)?.[1]);
      if (next !== null && offset !== next && offset !== 0 && sessionId !== null) disorder++;
      next = offset + 1;
      lastText = message;
      received++;
      if (waiting && received >= waiting.until) waiting.resolve();
    });
    if (sessionId === null) return;
    const params = { path: "sessions.events", input: { json: { sessionId } } };
    socket.send(JSON.stringify({ id: 1, jsonrpc: "2.0", method: "subscription", params }));
    await started.promise;
  }
  for (let index = 0; index < size; index += 50)
    await Promise.all(Array.from({ length: Math.min(50, size - index) }, open));
  // Let each reader reach the end of what is stored.
  await pause(200);
  return {
    received: () => received,
    lastText: () => lastText,
    lost: () => disorder,
    async until(until: number): Promise<void> {
      const arrived = Promise.withResolvers<void>();
      waiting = { until, resolve: arrived.resolve };
      if (received >= until) arrived.resolve();
      await Promise.race([
        arrived.promise,
        pause(60_000).then(() => Promise.reject(new Error(`only ${received} of ${until} events arrived`))),
      ]);
      waiting = null;
    },
    close: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
}

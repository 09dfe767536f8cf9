import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { openHost } from "../hosts/commands.ts";
import type { BareRelayCommands } from "../hosts/relay-bare.host.ts";
import type { ChateeCommands } from "../hosts/chatee.host.ts";
import { openNginx } from "../hosts/nginx.ts";
import type { ReplyFromCommands } from "../hosts/reply-from.host.ts";
import type { UpstreamCommands } from "../hosts/relay-upstream.host.ts";
import { compare, ms, us } from "../measure.ts";
import type { Bench } from "../measure.ts";
import { bearer } from "../visitor.ts";
import { cpuUsOf, residentMib } from "../process-cost.ts";

/** Who relays, and under which process its costs are found. */
type Relay = { name: string; pid: number; url: string; headers: Record<string, string> };

/** Requests at a time: fewer measure how often the others are asleep when something is sent to them. */
const width = 64;
const call = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { message: "x".repeat(50) } },
});
const streams = 20;
const everyMs = 5;
/** Later than this after it was sent an event was held back. */
const heldBackMs = 1_000;

/** What `/mcp/:serverId` costs, with its doors, beside others that hand the same bytes on to the same upstream. */
export const relayBench: Bench = {
  name: "relay",
  async *run({ isQuick }) {
    await using upstream = await openHost<UpstreamCommands>("./relay-upstream.host.ts");
    const origin = await upstream.address();
    await using chateeHost = await openHost<ChateeCommands>("./chatee.host.ts");
    await using bareHost = await openHost<BareRelayCommands>("./relay-bare.host.ts");
    await using replyFromHost = await openHost<ReplyFromCommands>("./reply-from.host.ts");
    await using nginxServer = await openNginx(origin);
    const chatee = await toChatee(chateeHost, `${origin}/mcp`);
    const bare = {
      name: "bare",
      pid: bareHost.pid,
      url: `${await bareHost.listen({ upstream: origin })}/mcp`,
      headers: {},
    };
    const replyFrom = {
      name: "reply-from",
      pid: replyFromHost.pid,
      url: `${await replyFromHost.listen({ upstream: origin })}/mcp`,
      headers: {},
    };
    const nginx = { name: "nginx", pid: nginxServer.pid, url: `${nginxServer.url}/mcp`, headers: {} };

    const count = isQuick ? 1_000 : 3_000;
    const rounds = isQuick ? 5 : 11;
    // None has an advantage of having been asked more often.
    for (const relay of [chatee, bare, replyFrom, nginx]) await requests(relay, 4 * count);
    for (const [reference, words, atMost] of [
      [nginx, "nginx", 6.5],
      [bare, "bare Fastify + undici", 1.15],
      [replyFrom, "@fastify/reply-from", 1],
    ] as const) {
      const found = await compare(
        rounds,
        () => requests(chatee, count),
        () => requests(reference, count),
      );
      yield {
        name: `a request, against ${words}`,
        measured: `${us(found.measured)} CPU`,
        reference: `${us(found.reference)} CPU (${words})`,
        ratio: found.ratio,
        bar: { atMost },
      };
    }

    const lags: number[] = [];
    const events = isQuick ? 200 : 400;
    const found = await compare(
      isQuick ? 3 : 7,
      () => stream(chatee, upstream, events, lags),
      () => stream(nginx, upstream, events, []),
    );
    yield {
      name: `an event, over ${streams} streams, none lost`,
      measured: `${us(found.measured)} CPU`,
      reference: `${us(found.reference)} CPU (nginx)`,
      ratio: found.ratio,
      bar: { atMost: 3.5 },
    };
    const latest = Math.max(...lags);
    yield {
      name: "the event that came latest",
      measured: `${ms(latest)} after it was sent`,
      reference: `${heldBackMs} ms`,
      ratio: latest / heldBackMs,
      bar: { atMost: 1 },
    };

    const [before, after] = await flood(chatee, isQuick ? 200_000 : 1_000_000);
    yield {
      name: `memory over ${isQuick ? "200,000" : "1,000,000"} events`,
      measured: `${after.toFixed(0)} MiB at most`,
      reference: `${before.toFixed(0)} MiB after the first tenth`,
      ratio: after / before,
      bar: { atMost: 1.2 },
    };
  },
};

async function toChatee(
  host: { address: () => Promise<{ url: string; token: string }>; pid: number },
  url: string,
): Promise<Relay> {
  const { url: origin, token } = await host.address();
  const headers = bearer(token);
  const response = await fetch(`${origin}/api/mcp/servers`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ server_id: "bench", name: "bench", url }),
  });
  if (!response.ok) throw new Error(`the server was not registered: ${await response.text()}`);
  return { name: "chatee", pid: host.pid, url: `${origin}/mcp/bench`, headers };
}

/** Sends the same call many times, a few at once; resolves to what one cost. */
async function requests({ pid, url, headers }: Relay, count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: width });
  const sent = {
    ...headers,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(call)),
    "mcp-protocol-version": "2025-11-25",
  };
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const response = await ask(url, { method: "POST", agent, headers: sent }, call);
      await ended(response);
    }
  };
  const before = cpuUsOf(pid);
  await Promise.all(Array.from({ length: width }, worker));
  const cost = (cpuUsOf(pid) - before) / count;
  agent.destroy();
  return cost;
}

/**
 * Reads event streams while the upstream writes them; resolves to what one event cost.
 *
 * @throws Error when an event is missing, comes twice or out of order
 */
async function stream(
  { name, pid, url, headers }: Relay,
  upstream: {
    emit: (what: { count: number; everyMs: number }) => Promise<unknown>;
    openStreams: () => Promise<unknown>;
  },
  count: number,
  lags: number[],
): Promise<number> {
  const agent = new Agent({ maxSockets: streams });
  const sent = { ...headers, accept: "text/event-stream" };
  const open = await Promise.all(Array.from({ length: streams }, () => ask(url, { agent, headers: sent })));
  while ((await upstream.openStreams()) !== streams) await pause(5);
  const readers = open.map((response) => readEvents(response, lags));
  const before = cpuUsOf(pid);
  await upstream.emit({ count, everyMs });
  const seen = await Promise.all(readers);
  const cost = (cpuUsOf(pid) - before) / (count * streams);
  agent.destroy();
  for (const numbers of seen) {
    if (numbers.length !== count || numbers.some((number, index) => number !== index))
      throw new Error(`${name} passed ${numbers.length} of ${count} events on, or not in their order`);
  }
  return cost;
}

async function readEvents(response: IncomingMessage, lags: number[]): Promise<number[]> {
  const numbers: number[] = [];
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += chunk as string;
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, number, at] = /"progress":(\d+),"at":(\d+)/.exec(event) ?? [];
      if (number === undefined) continue;
      numbers.push(Number(number));
      lags.push(Date.now() - Number(at));
    }
  }
  return numbers;
}

/** Pours events through the relay; resolves to its memory after the first tenth, and the most of it from then on. */
async function flood({ pid, url, headers }: Relay, count: number): Promise<[number, number]> {
  // `Last-Event-ID` is what a relay passes on; here it says how many events are wanted.
  const response = await ask(url, {
    headers: { ...headers, accept: "text/event-stream", "last-event-id": String(count) },
  });
  let bytes = 0;
  let nextBytes = 0;
  let early = 0;
  let most = 0;
  let tail = "";
  const eachBytes = 145;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    tail = (tail + (chunk as Buffer).toString("latin1")).slice(-300);
    if (bytes < nextBytes) continue;
    nextBytes = bytes + 1_000_000;
    const mib = residentMib(pid);
    if (bytes < (count * eachBytes) / 10) early = Math.max(early, mib);
    else most = Math.max(most, mib);
  }
  if (!tail.includes(`"progress":${count - 1},`)) throw new Error("the stream ended before its last event");
  return [early, most];
}

function ask(
  url: string,
  options: { method?: string; agent?: Agent; headers: Record<string, string> },
  body?: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`${url} answered ${response.statusCode}`));
    });
    asked.on("error", reject).end(body);
  });
}

function ended(response: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => response.on("error", reject).on("end", resolve).resume());
}

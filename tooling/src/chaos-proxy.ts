import { createConnection, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export type ChaosProxy = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
  /** How many client connections are open through it now. */
  readonly openConnections: number;
  /** Cuts every open connection with RST on both sides; new ones are served. */
  resetAll(): void;
  /**
   * While on, bytes of both directions vanish and new connections are accepted but lead nowhere. Turning it off
   * resets the connections it touched, for their streams have holes.
   */
  blackhole(on: boolean): void;
  /** While on, requests reach the target but its answers vanish: a COMMIT that happened and was never confirmed. */
  loseReplies(on: boolean): void;
  /** Holds all bytes back, losing none, until `resume`. */
  stall(): void;
  resume(): void;
};

type Link = { client: Socket; target: Socket | undefined; hasHoles: boolean };

/** A TCP proxy on a free loopback port that misbehaves on demand; for tests of what the network can do to us. */
export async function openChaosProxy(options: { targetHost: string; targetPort: number }): Promise<ChaosProxy> {
  const links = new Set<Link>();
  let isBlackhole = false;
  let isLosingReplies = false;
  let isStalled = false;

  const cut = (link: Link) => {
    links.delete(link);
    link.client.resetAndDestroy();
    link.target?.resetAndDestroy();
  };

  const server = createServer({ noDelay: true }, (client) => {
    const link: Link = { client, target: undefined, hasHoles: isBlackhole };
    links.add(link);
    client.on("error", () => cut(link));
    client.on("close", () => {
      links.delete(link);
      link.target?.destroy();
    });
    if (isBlackhole) {
      client.resume();
      return;
    }
    const target = createConnection({ host: options.targetHost, port: options.targetPort, noDelay: true });
    link.target = target;
    target.on("error", () => cut(link));
    const mayFlow = () => !isStalled;
    forward(client, target, link, { isLost: () => isBlackhole, mayFlow });
    forward(target, client, link, { isLost: () => isBlackhole || isLosingReplies, mayFlow });
    if (isStalled) pause(link);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });

  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    get openConnections() {
      return links.size;
    },
    resetAll: () => links.forEach(cut),
    blackhole(on) {
      isBlackhole = on;
      if (!on) [...links].filter((link) => link.hasHoles).forEach(cut);
    },
    loseReplies(on) {
      isLosingReplies = on;
      if (!on) [...links].filter((link) => link.hasHoles).forEach(cut);
    },
    stall() {
      isStalled = true;
      links.forEach(pause);
    },
    resume() {
      isStalled = false;
      for (const link of links) {
        link.client.resume();
        link.target?.resume();
      }
    },
    async [Symbol.asyncDispose]() {
      links.forEach(cut);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Weather = { isLost(): boolean; mayFlow(): boolean };

function forward(from: Socket, to: Socket, link: Link, weather: Weather): void {
  from.on("data", (data) => {
    if (weather.isLost()) link.hasHoles = true;
    else if (!to.write(data)) from.pause();
  });
  to.on("drain", () => {
    if (weather.mayFlow()) from.resume();
  });
  from.on("end", () => {
    // Its end is lost like any other news, and made up for when the weather clears.
    if (weather.isLost()) link.hasHoles = true;
    else to.end();
  });
}

function pause(link: Link): void {
  link.client.pause();
  link.target?.pause();
}

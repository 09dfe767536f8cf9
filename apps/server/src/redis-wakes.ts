import { createBells } from "@chatee/api/streams/wakes";
import type { Wakes } from "@chatee/api/streams/wakes";
import type { Environment } from "@chatee/api/environment";
import { Redis } from "ioredis";
import type { Config } from "./config.ts";

const prefix = "chatee:wake:";
/** A Redis that hangs must not fill the memory with wakes: they are hints, and the newest is as good as all. */
const maxUnanswered = 1_000;

export type RedisWakes = Wakes & {
  /** Rejects when Redis does not answer. */
  ping: () => Promise<void>;
};

export type RedisWakesDeps = { bootId: string; environment: Environment };

/**
 * Wakes between processes over Redis pub/sub. Redis is a hint and is never asked what happened: whatever it
 * loses is found by polling. After each (re)connection every bell rings once, for what was missed.
 */
export function openRedisWakes(
  { host, port, username, password, db }: Config["redis"],
  deps: RedisWakesDeps,
): RedisWakes {
  const { bootId, environment } = deps;
  const options = {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    retryStrategy: (attempt: number) => Math.min(2_000, 50 * 2 ** Math.min(attempt, 6)),
  };
  const publisher = new Redis({ ...options, commandTimeout: 2_000 });
  const subscriber = new Redis({ ...options, autoResubscribe: false });
  let unanswered = 0;
  let isDown = false;

  function report(error: unknown): void {
    if (!isDown) environment.log.warn({ error }, "redis does not answer; news travel by polling");
    isDown = true;
  }
  for (const client of [publisher, subscriber]) client.on("error", report);

  const subscribe = (topics: string[]) => {
    if (topics.length === 0 || subscriber.status !== "ready") return;
    subscriber.subscribe(...topics.map((topic) => prefix + topic)).then(() => {
      for (const topic of topics) bells.ring(topic);
    }, report);
  };
  const bells = createBells({
    onFirst: (topic) => subscribe([topic]),
    onLast: (topic) => {
      if (subscriber.status === "ready") subscriber.unsubscribe(prefix + topic).catch(report);
    },
  });
  subscriber.on("ready", () => {
    if (isDown) environment.log.info({}, "redis answers again");
    isDown = false;
    subscribe([...bells.topics()]);
    bells.ringAll();
  });
  subscriber.on("message", (channel: string, from: string) => {
    if (from !== bootId) bells.ring(channel.slice(prefix.length));
  });

  return {
    listen: bells.listen,
    wake(topic) {
      bells.ring(topic);
      if (publisher.status !== "ready" || unanswered >= maxUnanswered) return;
      unanswered++;
      publisher
        .publish(prefix + topic, bootId)
        .catch(report)
        .finally(() => unanswered--);
    },
    async ping() {
      await publisher.ping();
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

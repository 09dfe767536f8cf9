import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import type { Registry } from "prom-client";

type MetricsOptions = { activeRuns: () => number; openSockets: () => number };

/** Upper bounds in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const maxPending = 10_000;

type Observed = { method: string; route: string; status: string; seconds: number };

/**
 * Prometheus metrics at `/metrics`. Routes are named by their pattern, so an id never becomes a label. The
 * library is loaded at the first scrape; what was observed before is handed to it then.
 */
export const metricsPlugin = fastifyPlugin(async (app: FastifyInstance, options: MetricsOptions) => {
  let registry: Promise<Registry> | null = null;
  let pending: Observed[] = [];
  let observe = (one: Observed) => {
    if (pending.length < maxPending) pending.push(one);
  };

  async function openRegistry(): Promise<Registry> {
    const { collectDefaultMetrics, Gauge, Histogram, Registry } = await import("prom-client");
    const registers = [new Registry()];
    const [first] = registers;
    if (!first) throw new TypeError("there is a registry");
    collectDefaultMetrics({ register: first });
    const requests = new Histogram({
      name: "chatee_http_request_seconds",
      help: "Time from request to the end of its response",
      labelNames: ["method", "route", "status"],
      buckets,
      registers,
    });
    for (const [name, help, read] of [
      ["chatee_active_runs", "Runs this process works on", options.activeRuns],
      ["chatee_open_sockets", "Open WebSockets", options.openSockets],
    ] as const) {
      const gauge: InstanceType<typeof Gauge> = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
    }
    observe = ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds);
    for (const one of pending) observe(one);
    pending = [];
    return first;
  }

  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    observe({ method: request.method, route, status: String(reply.statusCode), seconds: reply.elapsedTime / 1000 });
    done();
  });
  app.get("/metrics", async (_request, reply) => {
    registry ??= openRegistry();
    const found = await registry;
    return reply
      .type(found.contentType)
      .header("cache-control", "no-store")
      .send(await found.metrics());
  });
});

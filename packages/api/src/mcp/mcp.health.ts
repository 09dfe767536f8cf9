import type { McpServerRow, McpStore } from "@chatee/db/mcp.store";
import { DomainError } from "@chatee/shared/failure";
import type { McpEvent, McpServerHealth } from "@chatee/shared/mcp";
import type { Environment } from "../environment.ts";
import { ringOrTime } from "../streams/ring-or-time.ts";
import type { Wakes } from "../streams/wakes.ts";
import { serversTopic } from "./mcp.facts.ts";
import type { Facts } from "./mcp.facts.ts";
import type { McpHost } from "./mcp-host.ts";
import type { Connections } from "./mcp.service-connections.ts";

export type HealthDeps = {
  store: McpStore;
  connections: Connections;
  facts: Facts;
  host: Pick<McpHost, "isOpen">;
  wakes: Wakes;
  environment: Environment;
  /** Between two looks at a server in use. */
  intervalMs: number;
  /** How long a change may go unseen when its wake was lost or there was none. */
  lookAgainMs: number;
};

const maxListed = 1_000;
const maxAtOnce = 8;
/** One look. */
const lookMs = 15_000;
/** How long an answer waits for looks at servers that nobody has seen yet. */
const firstLookMs = 5_000;

export type Health = ReturnType<typeof createHealth>;

/**
 * How servers stand. Those that were used or watched lately are looked at in intervals: remote ones by what their era
 * has for it, never by a bare GET; programs only while they run, since a look starts nothing.
 */
export function createHealth(deps: HealthDeps) {
  const { store, connections, facts, host, wakes, environment } = deps;
  const stopped = new AbortController();
  const watched = new Map<string, number>();
  const looking = new Map<string, Promise<void>>();

  /** Looks once, however many want to know. Never rejects. */
  function look(ownerId: string, serverId: string): Promise<void> {
    const key = JSON.stringify([ownerId, serverId]);
    const known = looking.get(key);
    if (known) return known;
    const mine = lookNow(ownerId, serverId)
      .catch((error: unknown) => environment.log.warn({ error, serverId }, "looking at a server failed"))
      .finally(() => looking.delete(key));
    looking.set(key, mine);
    return mine;
  }

  async function lookNow(ownerId: string, serverId: string): Promise<void> {
    const late = new AbortController();
    const timer = new AbortController();
    environment.wait(lookMs, timer.signal).then(
      () => late.abort(),
      () => {},
    );
    try {
      const { row, target } = await connections.find(ownerId, serverId);
      if (row.type === "stdio" && !host.isOpen(ownerId, serverId)) return;
      await facts.saw(ownerId, serverId, await connections.look(target, late.signal));
    } catch (error) {
      if (late.signal.aborted) {
        const failure = { code: "mcp.timed_out", afterMs: lookMs } as const;
        const sight = { reachable: false, needsAuth: false, era: null, latencyMs: lookMs, failure };
        await facts.saw(ownerId, serverId, sight);
      } else if (!(error instanceof DomainError)) throw error;
    } finally {
      timer.abort();
    }
  }

  async function lookAtAll(servers: { ownerId: string; serverId: string }[]): Promise<void> {
    const left = servers.values();
    const worker = async () => {
      for (const { ownerId, serverId } of left) if (!stopped.signal.aborted) await look(ownerId, serverId);
    };
    await Promise.all(Array.from({ length: maxAtOnce }, worker));
  }

  async function round(): Promise<void> {
    const due = new Map(facts.inUse().map((one) => [JSON.stringify([one.ownerId, one.serverId]), one]));
    for (const ownerId of watched.keys()) {
      for (const { serverId, enabled } of await store.list(ownerId, { limit: maxListed }))
        if (enabled) due.set(JSON.stringify([ownerId, serverId]), { ownerId, serverId, atMs: 0 });
    }
    await lookAtAll([...due.values()]);
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await environment.wait(deps.intervalMs, stopped.signal).catch(() => {});
      if (stopped.signal.aborted) return;
      await round().catch((error: unknown) => environment.log.warn({ error }, "looking at servers failed"));
    }
  }

  const isUnseen = (row: McpServerRow, health: McpServerHealth | undefined) =>
    row.enabled && row.type !== "stdio" && health?.checkedAtMs == null;

  async function standing(ownerId: string): Promise<{ rows: McpServerRow[]; servers: McpServerHealth[] }> {
    const rows = await store.list(ownerId, { limit: maxListed });
    return { rows, servers: await facts.of(ownerId, rows) };
  }

  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = run();
    },
    async stop(): Promise<void> {
      stopped.abort();
      await running;
    },
    round,
    /** What is known of every server; those that nobody has seen yet are looked at first, for a few seconds. */
    async servers(ownerId: string): Promise<{ servers: McpServerHealth[] }> {
      const { rows, servers } = await standing(ownerId);
      const unseen = rows.filter((row, index) => isUnseen(row, servers[index]));
      for (const { serverId, enabled } of rows) if (enabled) facts.use(ownerId, serverId);
      if (unseen.length === 0) return { servers };
      const timer = new AbortController();
      await Promise.race([
        lookAtAll(unseen.map(({ serverId }) => ({ ownerId, serverId }))),
        environment.wait(firstLookMs, timer.signal).catch(() => {}),
      ]);
      timer.abort();
      return { servers: (await standing(ownerId)).servers };
    },
    /** How every server stands, then each change, for as long as somebody listens; listening keeps them looked after. */
    async *events(ownerId: string, signal: AbortSignal): AsyncGenerator<McpEvent, void, void> {
      watched.set(ownerId, (watched.get(ownerId) ?? 0) + 1);
      using bell = wakes.listen(serversTopic(ownerId));
      let told = new Map<string, McpServerHealth>();
      try {
        while (!signal.aborted) {
          const { rows, servers } = await standing(ownerId);
          for (const [index, row] of rows.entries())
            if (isUnseen(row, servers[index])) void look(ownerId, row.serverId);
          const now = new Map(servers.map((health) => [health.serverId, health]));
          yield* changesBetween(told, now);
          told = now;
          await ringOrTime(bell, environment, deps.lookAgainMs, signal);
        }
      } finally {
        const left = (watched.get(ownerId) ?? 1) - 1;
        if (left > 0) watched.set(ownerId, left);
        else watched.delete(ownerId);
      }
    },
  };
}

function* changesBetween(
  before: ReadonlyMap<string, McpServerHealth>,
  after: ReadonlyMap<string, McpServerHealth>,
): Generator<McpEvent> {
  for (const serverId of before.keys()) if (!after.has(serverId)) yield { type: "server.removed", serverId };
  for (const [serverId, health] of after) {
    const known = before.get(serverId);
    if (!known || newsOf(known) !== newsOf(health)) yield { type: "server.health", health };
    const { toolsChangedAtMs } = health;
    if (known && toolsChangedAtMs !== null && toolsChangedAtMs !== known.toolsChangedAtMs)
      yield { type: "server.tools", serverId, toolsChangedAtMs };
  }
}

function newsOf({ latencyMs: _latency, checkedAtMs, ...facts }: McpServerHealth): string {
  return JSON.stringify([facts, checkedAtMs === null]);
}

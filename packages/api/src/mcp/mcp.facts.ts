import { createHash } from "node:crypto";
import type { McpFacts, McpFactsRow, McpServerRow, McpStore } from "@chatee/db/mcp.store";
import { DomainError, failureMessage } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import type { McpEra, McpServerHealth, McpToolDefinition } from "@chatee/shared/mcp";
import type { Environment } from "../environment.ts";
import type { Wakes } from "../streams/wakes.ts";
import type { McpEras, McpHost, McpSight } from "./mcp-host.ts";

export type FactsDeps = {
  store: McpStore;
  host: Pick<McpHost, "toolHash">;
  wakes: Wakes;
  environment: Pick<Environment, "now" | "elapsedMs" | "log">;
};

/** How long after its last use a server is looked after. */
const usedMs = 10 * 60_000;
const maxUsed = 1_000;
/** What is no news is written no more often than this. */
const freshMs = 5_000;

export const nothingKnown: McpFacts = {
  reachable: null,
  needsAuth: null,
  era: null,
  eraAtMs: null,
  latencyMs: null,
  toolsHash: null,
  toolsChangedAtMs: null,
  lastError: null,
  checkedAtMs: null,
};

export type Facts = ReturnType<typeof createFacts>;

/** Rings when something became known of an owner's servers. */
export const serversTopic = (ownerId: string) => `mcp:${ownerId}`;

/** What becomes known of servers while they are used and looked at: one fact at a time, per server and owner. */
export function createFacts({ store, host, wakes, environment }: FactsDeps) {
  const used = new Map<string, { ownerId: string; serverId: string; atMs: number }>();
  const chains = new Map<string, Promise<void>>();
  const keyOf = (ownerId: string, serverId: string) => `${ownerId}\n${serverId}`;

  /** One after the other per server: what is merged must not be what another change is merged into. */
  function merge(ownerId: string, serverId: string, change: (known: McpFacts) => McpFacts): Promise<void> {
    const key = keyOf(ownerId, serverId);
    const next = (chains.get(key) ?? Promise.resolve())
      .then(async () => {
        const [row] = await store.facts(ownerId, [serverId]);
        const known = row ? factsOf(row) : nothingKnown;
        const now = change(known);
        const isFresh = now.checkedAtMs !== null && now.checkedAtMs - (known.checkedAtMs ?? 0) < freshMs;
        if (isFresh && !isNews(known, now)) return;
        if (!(await store.find(ownerId, serverId))) return;
        await store.saveFacts(ownerId, serverId, now);
        if (isNews(known, now)) wakes.wake(serversTopic(ownerId));
      })
      .catch((error: unknown) => environment.log.warn({ error, serverId }, "a fact about a server was not stored"))
      .finally(() => {
        if (chains.get(key) === next) chains.delete(key);
      });
    chains.set(key, next);
    return next;
  }

  return {
    /** Notes that somebody counts on this server, so that it is looked after for a while. */
    use(ownerId: string, serverId: string): void {
      const key = keyOf(ownerId, serverId);
      const before = used.get(key);
      const nowMs = environment.elapsedMs();
      if (before && nowMs - before.atMs < 1_000) return;
      used.delete(key);
      used.set(key, { ownerId, serverId, atMs: nowMs });
      for (const [oldest, { atMs }] of used) {
        if (used.size <= maxUsed && nowMs - atMs < usedMs) break;
        used.delete(oldest);
      }
    },
    /** Servers that were used lately. */
    inUse: () => [...used.values()].filter(({ atMs }) => environment.elapsedMs() - atMs < usedMs),

    /** What a look found. */
    saw(ownerId: string, serverId: string, sight: McpSight): Promise<void> {
      const nowMs = environment.now();
      return merge(ownerId, serverId, (known) => ({
        ...known,
        reachable: sight.reachable,
        needsAuth: sight.needsAuth,
        ...eraOf(known, sight.era, nowMs),
        latencyMs: sight.latencyMs,
        lastError: sight.failure === null ? null : failureMessage(sight.failure),
        checkedAtMs: nowMs,
      }));
    },
    /** It has just done what was asked. */
    worked: (ownerId: string, serverId: string, era: McpEra): Promise<void> =>
      merge(ownerId, serverId, (known) => ({
        ...known,
        reachable: true,
        needsAuth: false,
        ...eraOf(known, era, environment.now()),
        lastError: null,
        checkedAtMs: environment.now(),
      })),
    /** Verdicts go with the other facts when the server, or who is signed in to it, becomes another. */
    erasOf: (ownerId: string, serverId: string): McpEras => ({
      async read() {
        const [row] = await store.facts(ownerId, [serverId]);
        if (row == null || row.era === null || row.eraAtMs === null) return undefined;
        return { era: row.era as McpEra, atMs: row.eraAtMs };
      },
      write: ({ era, atMs }) => merge(ownerId, serverId, (known) => ({ ...known, era, eraAtMs: atMs })),
      forget: () => merge(ownerId, serverId, (known) => ({ ...known, era: null, eraAtMs: null })),
    }),
    /** It could not do what was asked; what that says of the server is noted, and nothing else. */
    async failed(ownerId: string, serverId: string, error: unknown): Promise<void> {
      const about = error instanceof DomainError ? aboutServer(error.failure) : null;
      if (about === null || !(error instanceof DomainError)) return;
      await merge(ownerId, serverId, (known) => ({
        ...known,
        ...about,
        lastError: failureMessage(error.failure),
        checkedAtMs: environment.now(),
      }));
    },
    sawTools(ownerId: string, serverId: string, tools: readonly McpToolDefinition[]): Promise<void> {
      const toolsHash = hashOfAll(tools.map((tool) => host.toolHash(tool)));
      return merge(ownerId, serverId, (known) => {
        if (known.toolsHash === toolsHash) return known;
        return { ...known, toolsHash, toolsChangedAtMs: environment.now() };
      });
    },
    async of(ownerId: string, rows: McpServerRow[]): Promise<McpServerHealth[]> {
      const serverIds = rows.map(({ serverId }) => serverId);
      const known = new Map((await store.facts(ownerId, serverIds)).map((row) => [row.serverId, row]));
      return rows.map((row) => toHealth(row, known.get(row.serverId)));
    },
    async forget(ownerId: string, serverId: string): Promise<void> {
      used.delete(keyOf(ownerId, serverId));
      await chains.get(keyOf(ownerId, serverId));
      await store.forgetFacts(ownerId, serverId);
    },
  };
}

function factsOf({ serverId: _server, ownerId: _owner, ...facts }: McpFactsRow): McpFacts {
  return facts;
}

function eraOf(known: McpFacts, era: McpEra | null, nowMs: number): Partial<McpFacts> {
  return era === null || era === known.era ? {} : { era, eraAtMs: nowMs };
}

function toHealth(row: McpServerRow, known: McpFactsRow | undefined): McpServerHealth {
  const { toolsHash: _hash, era, ...facts }: McpFacts = known === undefined ? nothingKnown : factsOf(known);
  return { serverId: row.serverId, name: row.name, enabled: row.enabled, ...facts, era: era as McpEra | null };
}

/** How long an answer took, and when, is no news. */
function isNews(before: McpFacts, after: McpFacts): boolean {
  const { latencyMs: _b, checkedAtMs: _bAt, ...was } = before;
  const { latencyMs: _a, checkedAtMs: _aAt, ...is } = after;
  return JSON.stringify(was) !== JSON.stringify(is) || before.checkedAtMs === null;
}

function hashOfAll(hashes: string[]): string {
  return createHash("sha256").update(hashes.toSorted().join(",")).digest("hex");
}

/** Null where a failure says nothing about the server itself. */
function aboutServer(failure: Failure): Pick<McpFacts, "reachable"> | Pick<McpFacts, "reachable" | "needsAuth"> | null {
  switch (failure.code) {
    case "mcp.needs_sign_in":
      return { reachable: true, needsAuth: true };
    case "mcp.rate_limited":
    case "mcp.bad_response":
      return { reachable: true };
    case "mcp.unreachable":
    case "mcp.address_refused":
    case "mcp.timed_out":
    case "mcp.start_failed":
    case "mcp.ended":
      return { reachable: false };
    default:
      return null;
  }
}

import type { ProxyEnvironment } from "../environment.ts";
import { configHash } from "../server-spec.ts";
import type { ServerSpec } from "../server-spec.ts";
import { createBackOff, defaultBackOff } from "./back-off.ts";
import type { BackOffTimes } from "./back-off.ts";
import type { Connection } from "./connection.ts";
import { McpError } from "./mcp-failure.ts";
import type { McpFailure } from "./mcp-failure.ts";

export type PoolTimes = {
  /** A connection nobody uses is closed after this long. */
  idleMs: number;
  backOff: BackOffTimes;
  /** A lease waits out a pause this short by itself; a longer one is the caller's to bear. */
  patientMs: number;
};

/** Whose connection to which server. The user's credentials are part of who they are. */
export type PoolTarget = {
  serverId: string;
  userId: string;
  spec: ServerSpec;
  /** Changes when the user's credentials are other ones (not when a token is refreshed). */
  credentialKey?: string;
};

export type Lease = AsyncDisposable & { readonly connection: Connection };

export type ConnectionPool = AsyncDisposable & {
  /**
   * The connection of this user to this server, opened by whoever asks first. Dispose the lease when done.
   *
   * @throws McpError; `mcp.backing_off` while a server that failed is left alone, `mcp.too_many_connections` when all
   *   are in use.
   */
  lease: (target: PoolTarget, signal?: AbortSignal) => Promise<Lease>;
  /** Closes what is open to a server now: it was changed, switched off, deleted, or its owner wants it tried afresh. */
  closeServer: (serverId: string, userId?: string) => Promise<void>;
  /** Whether a lease would find a connection rather than open one. */
  isOpen: (serverId: string, userId: string) => boolean;
  /** Why the last attempt failed, while it is remembered. */
  lastFailure: (target: PoolTarget) => McpFailure | undefined;
  readonly size: number;
};

export const defaultPoolTimes: PoolTimes = { idleMs: 5 * 60_000, backOff: defaultBackOff, patientMs: 2_000 };

type Entry = {
  target: PoolTarget;
  key: string;
  /** With the configuration; what failed under one says nothing about the next. */
  fullKey: string;
  uses: number;
  lastUsedMs: number;
  opening: Promise<Connection>;
  stopOpening: AbortController;
  idle: AbortController;
  /** No new leases; closed with its last one. */
  isRetired: boolean;
  closed: Promise<void> | undefined;
};

/**
 * Connections by server, user and configuration. Two users never share one. A changed configuration gets a new
 * connection, and the old one is closed as soon as the calls on it have ended. Disposing closes all.
 */
export function createConnectionPool(options: {
  environment: ProxyEnvironment;
  open: (target: PoolTarget, signal: AbortSignal) => Promise<Connection>;
  /** Bounds on what is open at once, in all and per user. */
  maxConnections?: number;
  maxPerUser?: number;
  times?: Partial<PoolTimes>;
}): ConnectionPool {
  const { environment, open, maxConnections = 200, maxPerUser = 50 } = options;
  const { elapsedMs, wait } = environment;
  const times = { ...defaultPoolTimes, ...options.times };
  const backOff = createBackOff(environment, times.backOff);
  /** What may be leased, one per server and user. */
  const current = new Map<string, Entry>();
  /** All that is open or being opened or closed, retired ones too. */
  const living = new Set<Entry>();
  let isClosed = false;

  function close(entry: Entry): Promise<void> {
    retire(entry);
    entry.idle.abort();
    entry.stopOpening.abort(new McpError({ code: "mcp.closed" }));
    entry.closed ??= runClosing(entry);
    return entry.closed;
  }

  async function runClosing(entry: Entry): Promise<void> {
    try {
      const connection = await entry.opening;
      await connection[Symbol.asyncDispose]();
    } catch {
      // It never opened, or is gone already.
    } finally {
      living.delete(entry);
    }
  }

  function retire(entry: Entry): void {
    entry.isRetired = true;
    if (current.get(entry.key) === entry) current.delete(entry.key);
  }

  function makeRoom({ userId }: PoolTarget): void {
    const own = [...living].filter(({ target }) => target.userId === userId);
    if (own.length >= maxPerUser) closeLeastUsed(own, maxPerUser);
    if (living.size >= maxConnections) closeLeastUsed([...living], maxConnections);
  }

  function closeLeastUsed(candidates: Entry[], max: number): void {
    const idle = candidates.filter(({ uses, closed }) => uses === 0 && closed === undefined);
    const [oldest] = idle.sort((a, b) => a.lastUsedMs - b.lastUsedMs);
    if (oldest === undefined) throw new McpError({ code: "mcp.too_many_connections", max });
    void close(oldest);
  }

  function start(target: PoolTarget): Entry {
    makeRoom(target);
    const stopOpening = new AbortController();
    const entry: Entry = {
      target,
      key: keyOf(target),
      fullKey: fullKeyOf(target),
      uses: 0,
      lastUsedMs: elapsedMs(),
      opening: open(target, stopOpening.signal),
      stopOpening,
      idle: new AbortController(),
      isRetired: false,
      closed: undefined,
    };
    current.set(entry.key, entry);
    living.add(entry);
    void follow(entry);
    return entry;
  }

  /** From the first word to the last: what ended it decides how soon it is tried again. */
  async function follow(entry: Entry): Promise<void> {
    try {
      const connection = await entry.opening;
      const openMs = elapsedMs();
      const failure = await connection.ended;
      if (elapsedMs() - openMs >= times.backOff.healthyMs) backOff.forget((key) => key === entry.fullKey);
      backOff.failed(entry.fullKey, failure);
    } catch (error) {
      if (error instanceof McpError) backOff.failed(entry.fullKey, error.failure);
    }
    void close(entry);
  }

  async function closeWhenIdle(entry: Entry): Promise<void> {
    entry.idle = new AbortController();
    try {
      await wait(times.idleMs, entry.idle.signal);
    } catch {
      return;
    }
    if (entry.uses === 0) void close(entry);
  }

  async function waitOut(target: PoolTarget, signal: AbortSignal | undefined): Promise<void> {
    const due = backOff.due(fullKeyOf(target));
    if (due === undefined) return;
    if (due.retryAfterMs > times.patientMs) throw new McpError({ code: "mcp.backing_off", ...due });
    await orAborted(wait(due.retryAfterMs, signal), signal);
  }

  /** The entry of exactly this configuration; one of another is retired. */
  function usable(target: PoolTarget): Entry | undefined {
    const entry = current.get(keyOf(target));
    if (entry === undefined || entry.fullKey === fullKeyOf(target)) return entry;
    retire(entry);
    if (entry.uses === 0) void close(entry);
    return undefined;
  }

  function release(entry: Entry): void {
    entry.uses -= 1;
    entry.lastUsedMs = elapsedMs();
    if (entry.uses > 0) return;
    void (entry.isRetired ? close(entry) : closeWhenIdle(entry));
  }

  function toLease(entry: Entry, connection: Connection): Lease {
    let isOver = false;
    return {
      connection,
      async [Symbol.asyncDispose]() {
        if (isOver) return;
        isOver = true;
        release(entry);
      },
    };
  }

  return {
    get size() {
      return living.size;
    },
    isOpen: (serverId, userId) => current.has(keyOf({ serverId, userId })),
    lastFailure: (target) => backOff.due(fullKeyOf(target))?.because,
    async lease(target, signal) {
      if (usable(target) === undefined) await waitOut(target, signal);
      if (isClosed) throw new McpError({ code: "mcp.closed" });
      const entry = usable(target) ?? start(target);
      entry.uses += 1;
      entry.idle.abort();
      try {
        return toLease(entry, await orAborted(entry.opening, signal));
      } catch (error) {
        release(entry);
        throw error;
      }
    },
    async closeServer(serverId, userId) {
      const isMeant = (target: PoolTarget) =>
        target.serverId === serverId && (userId === undefined || target.userId === userId);
      const prefix = JSON.stringify(userId === undefined ? [serverId] : [serverId, userId]).slice(0, -1);
      backOff.forget((key) => key.startsWith(prefix));
      await Promise.all([...living].filter(({ target }) => isMeant(target)).map(close));
      backOff.forget((key) => key.startsWith(prefix));
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await Promise.all([...living].map(close));
    },
  };
}

function keyOf({ serverId, userId }: Pick<PoolTarget, "serverId" | "userId">): string {
  return JSON.stringify([serverId, userId]);
}

function fullKeyOf({ serverId, userId, spec, credentialKey }: PoolTarget): string {
  return JSON.stringify([serverId, userId, configHash(spec), credentialKey ?? ""]);
}

/** One caller that stops waiting does not stop the opening that others wait for. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(new McpError({ code: "mcp.cancelled" }));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    aborted.promise.catch(() => {});
  }
}

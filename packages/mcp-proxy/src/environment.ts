/** What this package may know of the world outside: handed in, so that tests choose the time and the ids. */
export type ProxyEnvironment = {
  /** Epoch milliseconds, UTC. */
  now: () => number;
  /** Milliseconds that only go forward; for how long something took, whatever happens to the clock. */
  elapsedMs: () => number;
  /** A fresh UUIDv7. Unique, not secret. */
  newId: () => string;
  /** A number in [0, 1); spreads retries. */
  random: () => number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: ProxyLog;
};

/** A fixed phrase and allow-listed fields; never an argument, a result, a token, an address's query or a path. */
export type ProxyLog = {
  info: (fields: Record<string, unknown>, phrase: string) => void;
  warn: (fields: Record<string, unknown>, phrase: string) => void;
  error: (fields: Record<string, unknown>, phrase: string) => void;
};

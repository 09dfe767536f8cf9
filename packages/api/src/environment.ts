/** What services may know of the world outside: handed in, so that tests choose the time and the ids. */
export type Environment = {
  /** Epoch milliseconds, UTC. */
  now: () => number;
  /** Milliseconds that only go forward; for how long something took, whatever happens to the clock. */
  elapsedMs: () => number;
  /** A fresh UUIDv7. */
  newId: () => string;
  /** A number in [0, 1). */
  random: () => number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: Log;
};

/** A fixed phrase and allow-listed fields; never a prompt, key, token or path. */
export type Log = {
  info: (fields: Record<string, unknown>, phrase: string) => void;
  warn: (fields: Record<string, unknown>, phrase: string) => void;
  error: (fields: Record<string, unknown>, phrase: string) => void;
};

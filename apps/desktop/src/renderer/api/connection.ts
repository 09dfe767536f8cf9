import { backOffMs } from "./back-off.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";

/** `lost`: calls or the socket fail; chatee keeps trying by itself and says so. */
export type ConnectionState = "ok" | "lost";

export type Connection = Store<ConnectionState> & {
  /** Runs each time the server answers again after it did not. Returns how to stop. */
  onRecovered: (listener: () => void) => () => void;
  httpFailed: () => void;
  socketFailed: () => void;
  socketOpened: () => void;
};

/**
 * Knows whether the server can be reached. After a failed call it asks `probe` until it answers; a socket
 * reports for itself. `probe` resolves to whether the server answered, and never rejects.
 */
export function createConnection(deps: { probe: () => Promise<boolean>; random: () => number }): Connection {
  const state = createStore<ConnectionState>("ok");
  const listeners = new Set<() => void>();
  let socketDown = false;
  let httpDown = false;
  let probing = false;

  function settle(): void {
    const next = socketDown || httpDown ? "lost" : "ok";
    if (next === state.get()) return;
    state.set(next);
    if (next === "ok") for (const listener of listeners) listener();
  }

  async function probeUntilUp(): Promise<void> {
    if (probing) return;
    probing = true;
    for (let attempt = 0; httpDown; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, deps.random)));
      if (await deps.probe()) httpDown = false;
    }
    probing = false;
    settle();
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    onRecovered(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    httpFailed() {
      httpDown = true;
      settle();
      void probeUntilUp();
    },
    socketFailed() {
      socketDown = true;
      settle();
    },
    socketOpened() {
      socketDown = false;
      settle();
    },
  };
}

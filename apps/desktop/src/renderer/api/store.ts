import { useSyncExternalStore } from "react";

/** A value that screens follow. `get` answers the same reference until it changes. */
export type Store<TValue> = {
  get: () => TValue;
  subscribe: (listener: () => void) => () => void;
};

export type WritableStore<TValue> = Store<TValue> & { set: (value: TValue) => void };

export function createStore<TValue>(initial: TValue): WritableStore<TValue> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<TValue>(store: Store<TValue>): TValue {
  return useSyncExternalStore(store.subscribe, store.get);
}

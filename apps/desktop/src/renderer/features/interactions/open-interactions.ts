import type { Interaction } from "@chatee/shared/interactions";
import { backOffMs } from "../../api/back-off.ts";
import type { ApiClient } from "../../api/client.ts";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";

const none: readonly Interaction[] = [];

/**
 * Every question that waits for the owner, from whichever session, followed for as long as somebody looks. Answered in
 * one tab, a question goes away in all of them.
 */
export function createOpenInteractions(client: Pick<ApiClient, "interactions">): Store<readonly Interaction[]> {
  const open = createStore(none);
  let lookers = 0;
  let stop: (() => void) | null = null;

  function follow(attempt: number): void {
    let tries = attempt;
    let isStopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (isStopped) return;
      timer = setTimeout(() => follow(tries + 1), backOffMs(tries, Math.random));
    };
    const subscription = client.interactions.events.subscribe(undefined, {
      onData({ interactions }) {
        tries = 0;
        open.set(interactions);
      },
      onError: again,
      onComplete: again,
    });
    stop = () => {
      isStopped = true;
      clearTimeout(timer);
      subscription.unsubscribe();
    };
  }

  return {
    get: open.get,
    subscribe(listener) {
      const unsubscribe = open.subscribe(listener);
      if (++lookers === 1) follow(0);
      return () => {
        unsubscribe();
        if (--lookers > 0) return;
        stop?.();
        stop = null;
        open.set(none);
      };
    },
  };
}

import { useEffect, useState } from "react";
import type { RefObject } from "react";
import type { VirtualizerHandle } from "virtua";
import { useStore } from "../../api/store.ts";
import { toast } from "../../ui/toast.tsx";
import { useChat } from "./chat-context.tsx";
import { strings } from "./messages.strings.ts";

type PlaceOptions = { placeId: string | null; list: RefObject<VirtualizerHandle | null>; release: () => void };

/** How long the messages of another branch may take to come. */
const branchTimeoutMs = 5_000;

/** Brings a linked message into view, on whichever branch it is, and answers which one to mark. */
export function usePlace({ placeId, list, release }: PlaceOptions): string | null {
  const { store, actions } = useChat();
  const isReady = useStore(store).phase === "ready";
  const [markedId, setMarkedId] = useState<string | null>(null);

  useEffect(() => {
    if (placeId === null || !isReady) return;
    let isLeft = false;
    async function go(messageId: string): Promise<void> {
      release();
      let isThere = await store.reach(messageId);
      // It may stand on a branch that is not shown.
      if (!isThere && !isLeft && (await actions.showSibling(messageId))) {
        await untilListed(store, messageId);
        isThere = await store.reach(messageId);
      }
      if (isLeft) return;
      if (!isThere) return toast(strings.linkGone);
      const at = store.get().ids.indexOf(messageId);
      setMarkedId(messageId);
      // Once the rows that were just loaded are laid out.
      requestAnimationFrame(() => {
        if (!isLeft) list.current?.scrollToIndex(at, { align: "center" });
      });
    }
    void go(placeId);
    return () => {
      isLeft = true;
    };
  }, [placeId, isReady, store, actions, list, release]);
  return markedId;
}

function untilListed(store: ReturnType<typeof useChat>["store"], messageId: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (store.get().ids.includes(messageId)) finish();
    };
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const timer = setTimeout(finish, branchTimeoutMs);
    const unsubscribe = store.subscribe(look);
    look();
  });
}

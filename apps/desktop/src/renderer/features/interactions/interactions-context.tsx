import type { Interaction } from "@chatee/shared/interactions";
import { createContext, useContext } from "react";
import type { Store } from "../../api/store.ts";
import { useStore } from "../../api/store.ts";

const InteractionsContext = createContext<Store<readonly Interaction[]> | null>(null);
export const InteractionsProvider = InteractionsContext.Provider;

/** What waits for an answer. One subscription for the page, open while something looks. */
export function useOpenInteractions(): readonly Interaction[] {
  const store = useContext(InteractionsContext);
  if (!store) throw new Error("useOpenInteractions is called outside of InteractionsProvider");
  return useStore(store);
}

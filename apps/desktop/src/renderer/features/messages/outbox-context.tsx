import { createContext, useContext } from "react";
import type { Outbox } from "./outbox.ts";

const OutboxContext = createContext<Outbox | null>(null);
export const OutboxProvider = OutboxContext.Provider;

/** One for the page: what is sent in one session goes on while another is read. */
export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext);
  if (!outbox) throw new Error("useOutbox is called outside of OutboxProvider");
  return outbox;
}

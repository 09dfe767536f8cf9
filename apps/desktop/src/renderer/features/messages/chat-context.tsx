import type { Message } from "@chatee/shared/messages";
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import type { WritableStore } from "../../api/store.ts";
import type { ChatActions, Chosen } from "./chat-actions.ts";
import type { ThinkingClock } from "./thinking-clock.ts";
import type { TranscriptStore } from "./transcript-store.ts";

/** What every row of one session's conversation needs; the same object for as long as the session is open. */
export type Chat = {
  store: TranscriptStore;
  actions: ChatActions;
  thinkingClock: ThinkingClock;
  /** The model and the servers for what is asked next. */
  chosen: WritableStore<Chosen>;
};

const ChatContext = createContext<Chat | null>(null);
export const ChatProvider = ChatContext.Provider;

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error("useChat is called outside of ChatProvider");
  return chat;
}

/** One message; only its own changes draw again. */
export function useMessage(messageId: string): Message | undefined {
  const { store } = useChat();
  const get = useCallback(() => store.message(messageId), [store, messageId]);
  return useSyncExternalStore(store.subscribeMessages, get);
}

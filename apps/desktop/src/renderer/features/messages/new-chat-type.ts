import type { SessionType } from "@chatee/shared/sessions";
import { createStore } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";

/** What a person can begin: an ordinary session, or one that goes by itself. */
export type NewChatType = Extract<SessionType, "memory" | "temporary">;

const key = "chatee.new.type";

/** Whatever does not say that it is temporary is kept. */
export const readChatType = (value: unknown): NewChatType => (value === "temporary" ? value : "memory");

/** What the next new chat is made as; remembered with its draft until it is sent. */
export const newChatType = createStore<NewChatType>(readChatType(readSaved(key)));

export function chooseChatType(type: NewChatType): void {
  newChatType.set(type);
  save(key, type === "memory" ? null : type);
}

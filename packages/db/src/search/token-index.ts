import type { Statement } from "../statements.ts";

/** A found message; the score grows with relevance and compares within one search only. */
export type Hit = { messageId: string; sessionId: string; score: number };
/** What is indexed of a message: tokens made for its owner. */
export type Entry = { messageId: string; sessionId: string; ownerId: string; tokens: string[] };

/** How many hits one search can have at most. */
export const maxHits = 300;

/** What a full-text index must do; one implementation for each engine, both of which rank alike. */
export type TokenIndex = {
  /** Puts a message in the place of its earlier entry. */
  put(entry: Entry): Statement[];
  /** For a text that was read before: does nothing when the message was changed since, or has an entry. */
  putIfUnchanged(entry: Entry, updatedAtMs: number): Statement[];
  remove(messageId: string): Statement[];
  removeSession(sessionId: string): Statement[];
  /** The `maxHits` best of the owner's messages that hold any of `tokens`, in any order. */
  find(query: { ownerId: string; tokens: string[]; sessionId: string | undefined }): Promise<Hit[]>;
};

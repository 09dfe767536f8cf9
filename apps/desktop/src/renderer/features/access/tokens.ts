import type { AccessToken } from "@chatee/shared/access";
import type { Failure } from "@chatee/shared/failure";
import { failureSentence } from "../../api/failure-sentence.ts";

export type Tokens = {
  tokens: AccessToken[];
  /** The one that this page was let in by. */
  currentId: string | null;
};

const timeoutMs = 15_000;

/** Rejects with a sentence for a person. */
async function ask<TAnswer>(path: string, init: RequestInit): Promise<TAnswer> {
  const response = await fetch(`${window.location.origin}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as TAnswer & { failure?: Failure };
  if (response.ok) return body;
  throw new Error(body.failure ? failureSentence(body.failure) : String(response.status));
}

export const listTokens = (): Promise<Tokens> => ask("/auth/tokens", {});

/** The token itself is in this answer and in no other. */
export const createToken = (name: string): Promise<{ token: string; accessToken: AccessToken }> =>
  ask("/auth/tokens", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });

export const revokeToken = (tokenId: string): Promise<unknown> =>
  ask(`/auth/tokens/${encodeURIComponent(tokenId)}`, { method: "DELETE" });

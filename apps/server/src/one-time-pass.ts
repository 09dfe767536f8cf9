import { hash, timingSafeEqual } from "node:crypto";
import type { Caller } from "@chatee/api/access/access.service";

/** Lets one in, once. */
export type OneTimePass = { redeem: (token: string) => Caller | null };

/** A token that works for its first use; null when there is none to be had. Kept in memory alone, as a hash. */
export function createOneTimePass(token: string | undefined, caller: Caller): OneTimePass | null {
  if (token === undefined) return null;
  let expected: Buffer | null = hashOf(token);
  return {
    redeem(given) {
      if (expected === null || !timingSafeEqual(hashOf(given), expected)) return null;
      expected = null;
      return caller;
    },
  };
}

function hashOf(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

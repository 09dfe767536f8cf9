import { DomainError } from "@chatee/shared/failure";

export type GuessLimiter = {
  /** @throws DomainError `auth.too_many_attempts` while the peer has used up its wrong guesses. */
  check: (peer: string) => void;
  /** Counts one wrong guess. */
  failed: (peer: string) => void;
};

const maxGuesses = 10;
const refillMs = 6_000;
const maxPeers = 10_000;

/**
 * Slows down guessing of tokens: ten wrong ones at once, then one every six seconds per peer. `peer` is the
 * address of the socket, never of a header; IPv6 addresses of one /64 count as one peer. Holds 10,000 peers,
 * the least recently wrong ones are forgotten first. Counts are per process.
 */
export function createGuessLimiter(deps: { now: () => number }): GuessLimiter {
  /** When all of a peer's guesses are back; the later, the fewer it has left. */
  const fullAtMs = new Map<string, number>();

  return {
    check(peer) {
      if (fullAtMs.size === 0) return;
      const owedMs = (fullAtMs.get(peerKey(peer)) ?? 0) - deps.now();
      const retryAfterMs = owedMs - (maxGuesses - 1) * refillMs;
      if (retryAfterMs > 0) throw new DomainError({ code: "auth.too_many_attempts", retryAfterMs });
    },
    failed(peer) {
      const key = peerKey(peer);
      const now = deps.now();
      const until = Math.min(Math.max(fullAtMs.get(key) ?? 0, now) + refillMs, now + maxGuesses * refillMs);
      fullAtMs.delete(key);
      fullAtMs.set(key, until);
      for (const [oldest, atMs] of fullAtMs) {
        if (fullAtMs.size <= maxPeers && atMs > now) break;
        fullAtMs.delete(oldest);
      }
    },
  };
}

/** One key per host: IPv4 however it is written, IPv6 by its /64, which is what one host is given. */
function peerKey(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped) return mapped;
  if (!plain.includes(":") || plain === "::1") return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => "0"), ...last];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

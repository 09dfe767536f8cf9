import { endsWith } from "@chatee/api/access/access.service";

/** Sign-outs that are remembered: of more than happen between the look-up of a token and the hold of what it opens. */
const maxRevoked = 100;

export type TokenHolds = ReturnType<typeof createTokenHolds>;

/** What lasts and was opened with a token (sockets, streams), so that the token's end is the end of that, too. */
export function createTokenHolds() {
  const held = new Map<string, Set<() => void>>();
  const revoked = new Set<string>();

  return {
    /** `end` is called when the token ends, or has ended while somebody came in by it. Call what comes back when it is over. */
    hold(tokenId: string, end: () => void): () => void {
      for (const revokedId of revoked) if (endsWith(tokenId, revokedId)) end();
      const ends = held.get(tokenId) ?? new Set();
      held.set(tokenId, ends.add(end));
      return () => {
        ends.delete(end);
        if (ends.size === 0 && held.get(tokenId) === ends) held.delete(tokenId);
      };
    },
    endOf(revokedId: string): void {
      revoked.add(revokedId);
      for (const oldest of revoked) {
        if (revoked.size <= maxRevoked) break;
        revoked.delete(oldest);
      }
      for (const [tokenId, ends] of held) if (endsWith(tokenId, revokedId)) for (const end of ends) end();
    },
  };
}

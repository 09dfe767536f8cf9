import { endsWith } from "@chatee/api/access/access.service";
import type { Caller } from "@chatee/api/access/access.service";

/** Sign-outs that are remembered: of more than happen between the look-up of a token and the hold of what it opens. */
const maxRevoked = 100;

export type TokenHolds = ReturnType<typeof createTokenHolds>;

/**
 * What lasts and was opened with a token (sockets, streams), so that the token's end is the end of that, too: at once when
 * it is revoked through this process, and at the next review when it was through another, ran out or was replaced.
 */
export function createTokenHolds() {
  const held = new Map<string, { caller: Caller; ends: Set<() => void> }>();
  const revoked = new Set<string>();

  return {
    /** `end` is called when the token ends, or has ended while somebody came in by it. Call what comes back when it is over. */
    hold(caller: Caller, end: () => void): () => void {
      const { tokenId } = caller;
      for (const revokedId of revoked) if (endsWith(tokenId, revokedId)) end();
      const hold = held.get(tokenId) ?? { caller, ends: new Set() };
      hold.ends.add(end);
      held.set(tokenId, hold);
      return () => {
        hold.ends.delete(end);
        if (hold.ends.size === 0 && held.get(tokenId) === hold) held.delete(tokenId);
      };
    },
    endOf(revokedId: string): void {
      revoked.add(revokedId);
      for (const oldest of revoked) {
        if (revoked.size <= maxRevoked) break;
        revoked.delete(oldest);
      }
      for (const [tokenId, { ends }] of held) if (endsWith(tokenId, revokedId)) for (const end of ends) end();
    },
    /** Asks of every token that holds something whether it is still good. Whoever cannot tell ends nothing. */
    async review(isLive: (caller: Caller) => Promise<boolean>): Promise<void> {
      for (const { caller, ends } of Array.from(held.values())) {
        const isGood = await isLive(caller).catch(() => true);
        if (!isGood) for (const end of ends) end();
      }
    },
  };
}

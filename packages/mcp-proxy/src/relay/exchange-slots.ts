/** How many exchanges may be open at once, for one owner and in all. */
export type SlotLimits = { maxPerOwner: number; maxTotal: number };

/** Counts what is open, so that nobody's forgotten streams take every socket of the server. */
export function createExchangeSlots({ maxPerOwner, maxTotal }: SlotLimits) {
  const taken = new Map<string, number>();
  let total = 0;

  function give(ownerId: string, change: 1 | -1): void {
    const count = (taken.get(ownerId) ?? 0) + change;
    total += change;
    if (count === 0) taken.delete(ownerId);
    else taken.set(ownerId, count);
  }

  return {
    /** What gives the slot back, or null when there is none. */
    take(ownerId: string): (() => void) | null {
      if (total >= maxTotal || (taken.get(ownerId) ?? 0) >= maxPerOwner) return null;
      give(ownerId, 1);
      return () => give(ownerId, -1);
    },
    open: () => total,
  };
}

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
    /** False when there is none. */
    take(ownerId: string): boolean {
      if (total >= maxTotal || (taken.get(ownerId) ?? 0) >= maxPerOwner) return false;
      give(ownerId, 1);
      return true;
    },
    giveBack: (ownerId: string) => give(ownerId, -1),
    open: () => total,
  };
}

/** Sessions of one owner; the oldest are forgotten first. */
const maxPerOwner = 2_000;

export type SessionBindings = ReturnType<typeof createSessionBindings>;

/**
 * Whose an MCP session is: an id belongs to the owner and the server it was given out to, and is unknown to everybody
 * else, so that a stolen or guessed one opens nothing. Upstreams mint the ids, two of them may mint the same. What is not
 * remembered here (after a restart, or by another process) is left to the upstream to accept, and remembered again then.
 */
export function createSessionBindings() {
  /** Owner → session id → targets. */
  const owners = new Map<string, Map<string, Set<string>>>();

  return {
    bind(ownerId: string, target: string, sessionId: string): void {
      const mine = owners.get(ownerId) ?? new Map<string, Set<string>>();
      owners.set(ownerId, mine);
      const targets = mine.get(sessionId) ?? new Set();
      targets.add(target);
      // In again at the end: the oldest is the first.
      mine.delete(sessionId);
      mine.set(sessionId, targets);
      const [oldest] = mine.keys();
      if (mine.size > maxPerOwner && oldest !== undefined) mine.delete(oldest);
    },
    /** False when the id is known to belong to somebody else or to another server. */
    isOpenTo(ownerId: string, target: string, sessionId: string): boolean {
      if (owners.get(ownerId)?.get(sessionId)?.has(target)) return true;
      for (const sessions of owners.values()) if (sessions.has(sessionId)) return false;
      return true;
    },
    release(ownerId: string, target: string, sessionId: string): void {
      const mine = owners.get(ownerId);
      const targets = mine?.get(sessionId);
      targets?.delete(target);
      if (targets?.size === 0) mine?.delete(sessionId);
      if (mine?.size === 0) owners.delete(ownerId);
    },
  };
}

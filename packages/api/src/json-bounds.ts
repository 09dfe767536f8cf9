export const maxDepth = 64;

/** What a value exceeds: more than `maxDepth` levels or more than `maxNodes` values in all; null when neither. */
export function exceededBound(root: unknown, maxNodes: number): "depth" | "nodes" | null {
  let nodes = 0;
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return "depth";
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      const children = Array.isArray(value) ? value : Object.values(value);
      nodes += children.length;
      if (nodes > maxNodes) return "nodes";
      for (const child of children) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return null;
}

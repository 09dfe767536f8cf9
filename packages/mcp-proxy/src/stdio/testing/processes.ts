import { readdirSync, readFileSync } from "node:fs";

/** Every process group with a living member. Linux. */
export function livingGroups(): Set<number> {
  const groups = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => statusOf(Number(entry)))
    .filter(([state]) => state !== undefined && state !== "Z")
    .map(([, , group]) => Number(group));
  return new Set(groups);
}

/** The living members of a process group, zombies not counted. Linux. */
export function membersOf(groupId: number): number[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const [state, , group] = statusOf(Number(entry));
    return Number(group) === groupId && state !== "Z" && state !== undefined ? [Number(entry)] : [];
  });
}

export function isAlive(pid: number): boolean {
  const [state] = statusOf(pid);
  return state !== undefined && state !== "Z";
}

/** State, parent, group; nothing when there is no such process. */
function statusOf(pid: number): string[] {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    return status.slice(status.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

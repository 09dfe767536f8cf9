import type { Session } from "@chatee/shared/sessions";

export type GroupName = "pinned" | "today" | "yesterday" | "week" | "month" | "older";
export type SidebarRow = { kind: "group"; group: GroupName } | { kind: "session"; session: Session };

/** Calendar days in the reader's own time zone, so that "yesterday" is what they call yesterday. */
function groupOf(atMs: number, nowMs: number): GroupName {
  const midnight = new Date(nowMs);
  midnight.setHours(0, 0, 0, 0);
  const startOf = (daysAgo: number) => new Date(midnight).setDate(midnight.getDate() - daysAgo);
  if (atMs >= startOf(0)) return "today";
  if (atMs >= startOf(1)) return "yesterday";
  if (atMs >= startOf(7)) return "week";
  return atMs >= startOf(30) ? "month" : "older";
}

/**
 * The list in the order the server gave, with a heading before the first session of each group; the pinned ones
 * above, and not again below.
 */
export function toRows(pinned: readonly Session[], sessions: readonly Session[], nowMs: number): SidebarRow[] {
  const rows: SidebarRow[] = [];
  if (pinned.length > 0) rows.push({ kind: "group", group: "pinned" });
  for (const session of pinned) rows.push({ kind: "session", session });
  const above = new Set(pinned.map(({ sessionId }) => sessionId));
  let last: GroupName | null = null;
  for (const session of sessions) {
    if (above.has(session.sessionId)) continue;
    const group = groupOf(session.updatedAtMs, nowMs);
    if (group !== last) rows.push({ kind: "group", group });
    last = group;
    rows.push({ kind: "session", session });
  }
  return rows;
}

import type { SessionRow, SummaryRow } from "@chatee/db/sessions.store";
import type { Session, SessionType, Summary } from "@chatee/shared/sessions";

/** A row as the world sees it. */
export function toSession(row: SessionRow): Session {
  const { ownerId: _owner, titleIsDefault: _default, lastSeq: _seq, leafId: _leaf, sessionType, ...rest } = row;
  return { ...rest, sessionType: sessionType as SessionType };
}

export function toSummary(row: SummaryRow): Summary {
  const { ownerId: _owner, lastSeq: _seq, ...rest } = row;
  return rest;
}

/** When a row is changed now: later than its last change, whatever happened to the clock. It doubles as its version. */
export function changeInstant(row: { updatedAtMs: number }, nowMs: number): number {
  return Math.max(nowMs, row.updatedAtMs + 1);
}

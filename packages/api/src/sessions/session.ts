import type { SessionRow, SummaryRow } from "@chatee/db/sessions.store";
import type { Session, SessionNews, SessionType, Summary } from "@chatee/shared/sessions";

/** A row as the world sees it. */
export function toSession(row: SessionRow): Session {
  const { ownerId: _owner, titleIsDefault: _default, lastSeq: _seq, leafId: _leaf, sessionType, ...rest } = row;
  return { ...rest, sessionType: sessionType as SessionType };
}

const maxNewsChars = 64 * 1024;

/**
 * A session as an event carries it. An event is stored and goes to every screen, twice for each answer: what may be
 * large is left out unless it is among `changed` and small.
 */
export function toNews(
  session: Session,
  changed: Partial<Pick<Session, "avatar" | "systemPrompt" | "ext">> = {},
): SessionNews {
  const { avatar: _avatar, systemPrompt: _prompt, ext: _ext, ...news } = session;
  const { avatar, systemPrompt, ext } = changed;
  const isSmall = (value: unknown) => value !== undefined && (JSON.stringify(value)?.length ?? 0) <= maxNewsChars;
  return {
    ...news,
    ...(isSmall(avatar) && { avatar }),
    ...(isSmall(systemPrompt) && { systemPrompt }),
    ...(isSmall(ext) && { ext }),
  };
}

export function toSummary(row: SummaryRow): Summary {
  const { ownerId: _owner, lastSeq: _seq, ...rest } = row;
  return rest;
}

/** When a row is changed now: later than its last change, whatever happened to the clock. It doubles as its version. */
export function changeInstant(row: { updatedAtMs: number }, nowMs: number): number {
  return Math.max(nowMs, row.updatedAtMs + 1);
}

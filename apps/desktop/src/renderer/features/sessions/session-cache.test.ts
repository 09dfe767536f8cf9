import type { Session } from "@chatee/shared/sessions";
import { expect, test } from "vitest";
import { withPin, withSession } from "./session-cache.ts";

const session = (sessionId: string, updatedAtMs: number): Session => ({
  sessionId,
  title: sessionId,
  name: null,
  sessionType: "memory",
  llmConfigId: null,
  avatar: null,
  systemPrompt: null,
  ext: null,
  mediaOutputPath: null,
  roleId: null,
  roleVersionId: null,
  currentRoleVersionId: null,
  messageCount: 0,
  previewText: null,
  lastMessageAtMs: null,
  activeRunId: null,
  accToken: 0,
  pinnedAtMs: null,
  createdAtMs: 0,
  updatedAtMs,
});

function pagesOf(...pages: Session[][]): Parameters<typeof withSession>[0] {
  return {
    pages: pages.map((sessions) => ({ sessions, total: 9, nextCursor: null })),
    pageParams: pages.map(() => null),
  };
}
const idsOf = ({ pages }: ReturnType<typeof pagesOf>) =>
  pages.map(({ sessions }) => sessions.map(({ sessionId }) => sessionId).join(""));

test("a session that moved on stands where its time puts it, once", () => {
  const pages = pagesOf([session("a", 50), session("b", 40)], [session("c", 30), session("d", 20)]);
  expect(idsOf(withSession(pages, session("d", 60)))).toEqual(["dab", "c"]);
  expect(idsOf(withSession(pages, session("a", 35)))).toEqual(["b", "acd"]);
  expect(idsOf(withSession(pages, session("a", 1)))).toEqual(["b", "cda"]);
});

test("the only session of a list stays in it", () => {
  expect(idsOf(withSession(pagesOf([session("a", 5)]), session("a", 6)))).toEqual(["a"]);
});

test("a list that does not hold the session is left alone", () => {
  const pages = pagesOf([session("a", 5)]);
  expect(withSession(pages, session("z", 6))).toBe(pages);
});

test("a pin adds a session on top of the pinned ones, and letting go takes it out", () => {
  const pinnedAt = (sessionId: string, pinnedAtMs: number | null) => ({ ...session(sessionId, 1), pinnedAtMs });
  const page = { sessions: [pinnedAt("b", 2), pinnedAt("a", 1)], total: 2, nextCursor: null };
  const after = (one: Session) => withPin(page, one, one).sessions.map(({ sessionId }) => sessionId);
  expect(after(pinnedAt("c", 3))).toEqual(["c", "b", "a"]);
  expect(after(pinnedAt("a", 1))).toEqual(["b", "a"]);
  expect(after(pinnedAt("b", null))).toEqual(["a"]);
});

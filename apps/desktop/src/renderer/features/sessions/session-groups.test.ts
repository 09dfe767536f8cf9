import type { Session } from "@chatee/shared/sessions";
import { expect, test } from "vitest";
import { toRows } from "./session-groups.ts";

test("sessions stand below the day they were last used on, in the reader's calendar", () => {
  const now = new Date(2026, 10, 25, 0, 30).getTime();
  const at = (day: number, hour: number) => ({ updatedAtMs: new Date(2026, 10, day, hour).getTime() }) as Session;
  const rows = toRows([], [at(25, 0), at(24, 23), at(24, 1), at(19, 12), at(2, 12), at(-60, 12)], now);
  expect(rows.map((row) => (row.kind === "group" ? row.group : "·")).join(" ")).toBe(
    "today · yesterday · · week · month · older ·",
  );
});

test("the pinned ones stand above all groups, once", () => {
  const session = (sessionId: string) => ({ sessionId, updatedAtMs: 5 }) as Session;
  const rows = toRows([session("b"), session("z")], [session("a"), session("b")], 5);
  expect(rows.map((row) => (row.kind === "group" ? row.group : row.session.sessionId)).join(" ")).toBe(
    "pinned b z today a",
  );
});

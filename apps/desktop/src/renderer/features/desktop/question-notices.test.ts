import type { Interaction } from "@chatee/shared/interactions";
import { expect, test } from "vitest";
import { createQuestionNotices } from "./question-notices.ts";

const question = (interactionId: string, sessionId: string | null) =>
  ({ interactionId, sessionId, request: { serverName: "files", message: "secret words" } }) as unknown as Interaction;

test("of a question that came while the person was elsewhere the system says so once, without its words", () => {
  const shown: { title: string; body: string; path: string | null }[] = [];
  let isAway = false;
  const notice = createQuestionNotices({ isAway: () => isAway, show: (what) => shown.push(what) });
  notice([question("a", "s1")]);
  isAway = true;
  // It was seen while the person was here.
  notice([question("a", "s1")]);
  expect(shown).toEqual([]);
  notice([question("a", "s1"), question("b", "s2"), question("c", null), question("d", "an id/with more")]);
  notice([question("b", "s2"), question("c", null), question("d", "an id/with more")]);
  expect(shown.map(({ path }) => path)).toEqual(["/sessions/s2", "/", "/"]);
  expect(JSON.stringify(shown)).toContain("files");
  expect(JSON.stringify(shown)).not.toContain("secret words");
});

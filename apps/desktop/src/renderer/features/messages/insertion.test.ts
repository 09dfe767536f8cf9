import { expect, test } from "vitest";
import { insert } from "./insertion.ts";
import { splitPasted, withPasted } from "./pasted.ts";
import type { Pasted } from "./pasted.ts";

function createDraft(text: string, pasted: readonly Pasted[] = []) {
  const files: string[] = [];
  const draft = {
    text,
    pasted,
    setText: (next: string) => void (draft.text = next),
    setPasted: (next: readonly Pasted[]) => void (draft.pasted = next),
  };
  const attaching = { add: (added: readonly File[]) => void files.push(...added.map(({ name }) => name)) };
  return { draft, attaching, files };
}
const nothing = { text: "", pasted: [], files: [] };

test("what is inserted stands behind what was written, and nothing of that is lost", () => {
  const { draft, attaching, files } = createDraft("Please:", [{ name: "a.txt", text: "1" }]);
  insert({ ...nothing, text: "Review this" }, draft, attaching);
  insert({ ...nothing, pasted: [{ name: "b.txt", text: "2" }] }, draft, attaching);
  insert({ ...nothing, files: [new File(["3"], "c.png")] }, draft, attaching);
  expect(draft.text).toBe("Please:\n\nReview this");
  expect(draft.pasted.map(({ name }) => name)).toEqual(["a.txt", "b.txt"]);
  expect(files).toEqual(["c.png"]);

  const empty = createDraft(" \n");
  insert({ ...nothing, text: "Review this" }, empty.draft, empty.attaching);
  expect(empty.draft.text).toBe("Review this");
});

test("cards have names that differ and that a message can carry, whatever a server calls them", () => {
  const { draft, attaching } = createDraft("x", [{ name: "say hi", text: "0" }]);
  const pasted = ['say "hi"\n', "say hi", '"', ""].map((name, index) => ({ name, text: String(index + 1) }));
  insert({ ...nothing, pasted }, draft, attaching);
  expect(draft.pasted.map(({ name }) => name)).toEqual(["say hi", "say hi (2)", "say hi (3)", "text", "text (2)"]);
  expect(splitPasted(withPasted(draft.text, draft.pasted)).pasted).toEqual(draft.pasted);
});

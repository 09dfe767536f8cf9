import { expect, test } from "vitest";
import { createArchiveSplitter } from "./archive-items.ts";
import { readConversation } from "./archive.ts";
import { chatGptConversation, claudeConversation } from "./testing/archives.ts";

function read(value: unknown) {
  const found = readConversation(typeof value === "string" ? value : JSON.stringify(value));
  if ("problem" in found) throw new Error(found.problem);
  return found;
}
function problemOf(value: unknown) {
  const found = readConversation(typeof value === "string" ? value : JSON.stringify(value));
  return "problem" in found ? found.problem : "none";
}

test("a ChatGPT tree keeps its branches as siblings and the one that was on screen", () => {
  const { file, source, sourceId, left } = read(chatGptConversation);
  expect([source, sourceId, left]).toEqual(["chatgpt", "6543a1b2-0000-4000-8000-000000000001", 3]);
  expect(file.session).toMatchObject({ title: "Two answers 两个回答", createdAtMs: 1_700_000_000_500 });
  expect(file.messages.map((one) => [one.messageId, one.parentId, one.role, one.content, one.active])).toEqual([
    ["q", null, "user", "What is 6 × 7?", true],
    ["a1", "q", "assistant", "41", false],
    ["t", "q", "assistant", "", true],
    ["code", "t", "assistant", "```python\nprint(6 * 7)\n```", true],
    ["a2", "code", "assistant", "42", true],
    ["q2", "a2", "user", "[image]\n\nAnd this?", true],
  ]);
  expect(file.messages[2]?.thinking).toBe("6 × 7 = 42");
  expect(file.messages[4]).toMatchObject({ model: "gpt-5", createdAtMs: 1_700_000_006_250 });
});

test("a Claude conversation keeps its order, its thinking and what was attached as text", () => {
  const { file, source, left } = read(claudeConversation);
  expect([source, left]).toEqual(["claude", 1]);
  expect(file.messages).toMatchObject([
    { messageId: "c1", parentId: null, role: "user", content: "Name my cat\n\n[cat.txt]\ngrey", active: true },
    { messageId: "c2", parentId: "c1", role: "assistant", content: "Ash.", thinking: "Grey…", active: true },
  ]);
  expect(file.messages[0]?.createdAtMs).toBe(Date.parse("2024-05-01T10:00:01Z"));
});

test("whatever is broken is named, and a tree that bites its own tail ends", () => {
  expect(problemOf("{")).toBe("not_json");
  expect(problemOf({ title: "x" })).toBe("not_a_conversation");
  expect(problemOf({ mapping: {} })).toBe("empty");
  expect(problemOf({ exportType: "session", version: "9" })).toBe("invalid");
  const message = { author: { role: "user" }, content: { content_type: "text", parts: ["hi"] } };
  const mapping = { a: { parent: "b", message }, b: { parent: "a", message }, c: { parent: "gone", message }, d: 7 };
  const { file, left } = read({ mapping, current_node: "a", title: null });
  expect(file.messages.map(({ messageId, active }) => [messageId, active])).toEqual([["c", true]]);
  expect([file.session.title, left]).toEqual(["Untitled", 3]);
});

test("an archive comes apart the same way however it is cut, and one entry too long is only that", () => {
  const entries = [{ a: 'x]},"[' }, [1, [2]], { 好: "\\" }];
  const files = [
    JSON.stringify(entries),
    JSON.stringify({ version: "1.0", tags: [1], sessions: entries }, null, 2),
    JSON.stringify({ exportType: "session", messages: [1, 2] }),
  ];
  for (const text of files) {
    for (let size = 1; size < 12; size++) {
      const splitter = createArchiveSplitter(1_000);
      const items = [];
      for (let at = 0; at < text.length; at += size) items.push(...splitter.push(text.slice(at, at + size)));
      expect(splitter.ended()).toBe(true);
      const values = items.map((item) => JSON.parse(item.text ?? "null") as unknown);
      expect(values).toEqual(text.includes("exportType") ? [JSON.parse(text)] : entries);
    }
  }
  const splitter = createArchiveSplitter(5);
  expect(splitter.push('[1,"123456789",2').map(({ text }) => text)).toEqual(["1", null]);
  expect(splitter.ended()).toBe(false);
  expect(createArchiveSplitter(9).push("[]")).toEqual([]);
});

import type { ToolCall } from "@chatee/shared/messages";
import { expect, test } from "vitest";
import { toMarkdown } from "./session-markdown.ts";

type Said = Parameters<typeof toMarkdown>[1][number];

const said = (role: Said["role"], content: string, more: Partial<Said> = {}): Said => ({
  role,
  content,
  model: null,
  thinking: null,
  toolCalls: null,
  ext: null,
  ...more,
});
const call = (more: Partial<ToolCall>): ToolCall => ({
  toolCallId: "c",
  name: "files__read",
  arguments: { path: "/etc/hosts" },
  status: "done",
  result: "127.0.0.1 localhost",
  step: 0,
  contentOffset: 0,
  thinkingOffset: 0,
  startedAtMs: 1,
  finishedAtMs: 2,
  ...more,
});

test("a branch is told in order: the title, who spoke, their words as written, a line for each tool call", () => {
  const answer = said("assistant", "Let me look.\n\n| a | b |\n|---|---|\n| $x^2$ | `y` |", {
    model: "some_model",
    thinking: "They want the hosts file.",
    toolCalls: [
      call({ serverName: "disk", toolName: "read", contentOffset: 12, thinkingOffset: 25 }),
      call({ toolCallId: "d", name: "clock", status: "error", contentOffset: 12, thinkingOffset: 25 }),
    ],
  });
  expect(toMarkdown("Hosts", [said("system", "Be brief."), said("user", "  indented\n\n# mine"), answer])).toBe(`# Hosts

## System

Be brief.

## You

  indented

# mine

## Answer from some\\_model

Let me look.

> Tool call: \`disk / read\` (Done)

> Tool call: \`clock\` (Failed)

| a | b |
|---|---|
| $x^2$ | \`y\` |
`);
});

test("a message that is only files is a line, and one that says nothing is left out", () => {
  const attachments = [{ fileId: "f", name: "a`b.png", mimeType: "image/png", kind: "image", sizeBytes: 1 }];
  const messages = [said("user", "", { ext: { attachments } }), said("assistant", " \n", { thinking: "Hm." })];
  expect(toMarkdown("Files", messages)).toBe("# Files\n\n## You\n\n> Attached: `` a`b.png ``\n");
});

test("nothing in a name means anything, or leaves its line", () => {
  const named = said("assistant", "", {
    model: "<b>*m*\n# x",
    toolCalls: [call({ name: "``x\n\n# y", status: "unknown" })],
  });
  expect(toMarkdown("a\n## [b](c) #", [named]).split("\n\n")).toEqual([
    "# a \\#\\# \\[b\\](c) \\#",
    "## Answer from \\<b\\>\\*m\\* \\# x",
    "> Tool call: ``` ``x # y ``` (Outcome unknown)\n",
  ]);
});

test.each([
  ["```ts\nlet a", "```ts\nlet a\n```"],
  ["~~~~\n~~~\n```", "~~~~\n~~~\n```\n~~~~"],
  ["````\n```\ninner\n```", "````\n```\ninner\n```\n````"],
  ["```\r\nclosed\r\n  ```  ", "```\r\nclosed\r\n  ```"],
  ["```inline``` text", "```inline``` text"],
  ["- ```js\n  in a list\n  ```", "- ```js\n  in a list\n  ```"],
  ["1. one\n   ```\n   in a list", "1. one\n   ```\n   in a list"],
])("a code block that %j leaves open does not swallow what comes after", (content, written) => {
  expect(toMarkdown("t", [said("user", content), said("user", "next")])).toBe(
    `# t\n\n## You\n\n${written}\n\n## You\n\nnext\n`,
  );
});

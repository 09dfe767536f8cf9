import type { Message } from "@chatee/shared/messages";
import { expect, test } from "vitest";
import { toSessionFile } from "./session-file.ts";

/** A server with this many messages, in pages of two. */
function openServer(count: number) {
  const said = Array.from({ length: count }, (_, index) => ({ role: "user", content: `Message ${index}` }) as Message);
  const asked: (string | null)[] = [];
  const client = {
    sessions: { export: { query: async ({ sessionId }: { sessionId: string }) => ({ version: "1.0", sessionId }) } },
    messages: {
      list: {
        async query({ before }: { before: string | null }) {
          asked.push(before);
          const end = before === null ? count : Number(before);
          const start = Math.max(0, end - 2);
          return { messages: said.slice(start, end), nextBefore: start === 0 ? null : String(start) };
        },
      },
    },
  };
  return { client: client as unknown as Parameters<typeof toSessionFile>[0], asked };
}
const nameOf = async (title: string) =>
  (await toSessionFile(openServer(0).client, { sessionId: "s", title }, "markdown")).name;

test("Markdown holds every page of the branch, oldest first", async () => {
  const { client, asked } = openServer(5);
  const { name, mimeType, text } = await toSessionFile(client, { sessionId: "s", title: "Five" }, "markdown");
  expect([name, mimeType]).toEqual(["Five.md", "text/markdown"]);
  expect(text.match(/Message \d/g)).toEqual(["Message 0", "Message 1", "Message 2", "Message 3", "Message 4"]);
  expect(asked).toEqual([null, "3", "1"]);
});

test("JSON is what the server exports", async () => {
  const { name, mimeType, text } = await toSessionFile(openServer(1).client, { sessionId: "s", title: "T" }, "json");
  expect([name, mimeType, JSON.parse(text)]).toEqual([
    "T.json",
    "application/json",
    { version: "1.0", sessionId: "s" },
  ]);
});

test.each([
  ["What is 1/2?", "What is 1 2.md"],
  ["../../.bashrc", "bashrc.md"],
  ["水壶：怎么选", "水壶：怎么选.md"],
  ["a\u202egpj\u0000\n b.", "a gpj b.md"],
  ["???", "chat.md"],
  ["con", "_con.md"],
  ["NUL.txt", "_NUL.txt.md"],
  ["contents", "contents.md"],
  ["😀".repeat(80), `${"😀".repeat(60)}.md`],
  ["half \ud83d", "half \ufffd.md"],
])("%j becomes a name that every system takes", async (title, name) => {
  expect(await nameOf(title)).toBe(name);
});

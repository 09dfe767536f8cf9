import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openModernClient, openOlderClient } from "@chatee/mcp-proxy/testing/sdk-clients";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { createTestServer, openClient } from "./create-test-server.ts";
import type { Address } from "./create-test-server.ts";

type Server = Awaited<ReturnType<typeof createTestServer>>;
type Answer = { content?: unknown; structuredContent?: unknown; isError?: unknown };
type Progress = { progress: number; message?: string | undefined };

const placeOf = ({ url, token }: Address) => ({ url: `${url}/mcp/chatee`, token });
const textOf = ({ content }: Answer) => (content as { text: string }[]).map(({ text }) => text).join("\n");
/** What a tool answered, for programs. */
const read = ({ structuredContent }: Answer) => structuredContent as Said;

type Said = {
  session_id: string;
  message_id: string;
  answer: string;
  sessions: { session_id: string }[];
  messages: { role: string; is_clipped: boolean }[];
  hits: { session_id: string }[];
  next_cursor: string | null;
};

/** The same server to somebody else, who has a token as well. */
function tokenOfAnother({ dataDirectory }: Server): string {
  const token = "another-token-with-enough-characters";
  using database = new DatabaseSync(join(dataDirectory, "chatee.db"), { timeout: 5_000 });
  database
    .prepare("insert into access_tokens (token_id, owner_id, name, token_hash, created_at_ms) values (?, ?, ?, ?, ?)")
    .run("t-2", "another", "another", createHash("sha256").update(token).digest("hex"), Date.now());
  return token;
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const opened = await createTestServer();
const browser = openClient(opened);
const { client } = browser;
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

let strangersToken: string | null = null;
const stranger = () => (strangersToken ??= tokenOfAnother(opened));

const clients = {
  "2026-07-28": openModernClient,
  "2025-11-25": openOlderClient,
};

describe.each(Object.entries(clients))("a client of %s", (era, open) => {
  async function connect(place: Address = opened) {
    const one = await open(placeOf(place));
    onTestFinished(() => one.close());
    return {
      ...one,
      tools: async () => (await one.listTools()).tools,
      call: (
        name: string,
        given: object,
        options: { signal?: AbortSignal; onprogress?: (one: Progress) => void } = {},
      ) => {
        const params = { name, arguments: given as Record<string, unknown> };
        return "sessionId" in one
          ? (one.callTool(params, undefined, options) as Promise<Answer>)
          : (one.callTool(params, options) as Promise<Answer>);
      },
    };
  }

  test("finds four tools that say what they take, give and do", async () => {
    const mcp = await connect();
    const tools = await mcp.tools();
    expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
      ["list_sessions", true],
      ["read_session", true],
      ["search_messages", true],
      ["send_message", false],
    ]);
    for (const { inputSchema, outputSchema, title, description } of tools) {
      expect([inputSchema.type, outputSchema?.type]).toEqual(["object", "object"]);
      expect([title, description]).toEqual([expect.any(String), expect.any(String)]);
    }
  });

  test("begins a session, hears how the answer grows, and finds what was said", async () => {
    const mcp = await connect();
    const steps: Progress[] = [];
    const content = "/demo tokens=60 delay=15";
    const onprogress = (one: Progress) => void steps.push(one);
    const sent = read(await mcp.call("send_message", { content }, { onprogress }));
    expect(sent).toMatchObject({ status: "completed", answer: expect.stringMatching(/^t0 .*t59\s*$/) });
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.map(({ progress }) => progress)).toEqual(steps.map(({ progress }) => progress).sort((a, b) => a - b));
    expect(sent.answer).toContain(steps.map(({ message }) => message).join(""));

    const word = `今天天气-${era}`;
    const { session_id } = sent;
    const echo = read(await mcp.call("send_message", { session_id, content: `/demo echo ${word} 很好` }));
    expect(echo).toMatchObject({ session_id, answer: `${word} 很好` });
    const found = read(await mcp.call("search_messages", { query: "天气", session_id }));
    expect(found.hits.length).toBeGreaterThan(0);
    expect(found.hits[0]).toMatchObject({ session_id, snippet: expect.stringContaining("天气") });

    const page = read(await mcp.call("read_session", { session_id, limit: 3, max_chars: 100 }));
    expect(page.messages.map(({ role }) => role)).toEqual(["assistant", "user", "assistant"]);
    expect(page.messages.map((one) => one.is_clipped)).toEqual([true, false, false]);
    const older = read(await mcp.call("read_session", { session_id, cursor: page.next_cursor }));
    expect(older).toMatchObject({ messages: [{ role: "user", content }], next_cursor: null });

    await client.sessions.create.mutate({});
    const first = read(await mcp.call("list_sessions", { limit: 1 }));
    const second = read(await mcp.call("list_sessions", { limit: 1, cursor: first.next_cursor }));
    expect(second.sessions.map((one) => one.session_id)).toEqual([session_id]);
    const agents = read(await mcp.call("list_sessions", { session_type: "agent" }));
    expect(agents.sessions).toEqual([]);
  });

  test("is told in words what went wrong, and its session goes on", async () => {
    const mcp = await connect();
    const failed = await mcp.call("send_message", { content: "/demo fail=overloaded after=3" });
    expect(failed).toMatchObject({ isError: true, structuredContent: { status: "failed" } });
    expect(textOf(failed)).toContain("overloaded");
    const unknown = await mcp.call("read_session", { session_id: "nowhere" });
    expect(unknown).toMatchObject({ isError: true, content: [{ text: "There is no session nowhere." }] });
    const config = await mcp.call("send_message", { content: "Hi", config_id: "none" });
    expect(textOf(config)).toBe("There is no model configuration none.");
    const cursor = await mcp.call("list_sessions", { cursor: "junk" });
    expect(textOf(cursor)).toBe("The cursor is not one this server gave out.");
    const wrong = await mcp.call("send_message", { content: " " }).catch((error: Error) => error);
    expect(JSON.stringify(wrong instanceof Error ? wrong.message : wrong)).toContain("must not be empty");
  });

  test("waits no longer than it wants to; the answer is written all the same", async () => {
    const mcp = await connect();
    const { sessionId } = await client.sessions.create.mutate({});
    const content = "/demo stall after=2";
    const first = await mcp.call("send_message", { session_id: sessionId, content, wait_seconds: 0 });
    expect(first).toMatchObject({ structuredContent: { status: "streaming" } });
    const busy = await mcp.call("send_message", { session_id: sessionId, content });
    expect(textOf(busy)).toContain("An answer is being written in this session.");
    const { message_id: messageId } = read(first);
    await client.messages.stop.mutate({ messageId });
  });

  test("stops the answer by calling its question off", async () => {
    const mcp = await connect();
    const { sessionId } = await client.sessions.create.mutate({});
    const stop = new AbortController();
    const written = Promise.withResolvers<void>();
    const call = mcp.call(
      "send_message",
      { session_id: sessionId, content: "/demo stall after=3" },
      { signal: stop.signal, onprogress: () => written.resolve() },
    );
    await written.promise;
    stop.abort();
    await expect(call).rejects.toThrow();
    const answer = await until(async () => {
      const { messages } = await client.messages.list.query({ sessionId });
      return messages.at(-1)?.status === "streaming" ? null : messages.at(-1);
    });
    expect(answer).toMatchObject({ status: "cancelled", content: expect.stringContaining("t0") });
  });

  test("gets the first answer again when it asks again", async () => {
    const mcp = await connect();
    const given = { content: "/demo echo once", client_id: `once-${era}` };
    const [one, two] = [await mcp.call("send_message", given), await mcp.call("send_message", given)];
    expect(read(two)).toEqual(read(one));
    const { session_id: sessionId } = read(one);
    expect((await client.messages.list.query({ sessionId })).messages).toHaveLength(2);
  });

  test("of another owner finds nothing of this one", async () => {
    const { sessionId } = await client.sessions.create.mutate({});
    await client.messages.create.mutate({ sessionId, role: "user", content: "verborgen" });
    const mcp = await connect({ url: opened.url, token: stranger() });
    const given = { session_id: sessionId, content: "Hi", query: "verborgen" };
    for (const name of ["read_session", "search_messages", "send_message"]) {
      const answer = await mcp.call(name, given);
      expect([answer.isError, textOf(answer)], name).toEqual([true, `There is no session ${sessionId}.`]);
    }
    expect(read(await mcp.call("list_sessions", {}))).toEqual({ sessions: [], total: 0, next_cursor: null });
    expect(read(await mcp.call("search_messages", { query: "verborgen" }))).toEqual({ hits: [] });
  });
});

test("nobody without a token gets a word, in either era", async () => {
  for (const open of [openModernClient, openOlderClient])
    await expect(open({ url: `${opened.url}/mcp/chatee`, token: "wrong" })).rejects.toThrow(/401|Unauthorized/i);
  const response = await fetch(`${opened.url}/mcp/chatee`, { method: "POST", body: "{}" });
  expect(response.status).toBe(401);
});

test("a session of 2025 needs no memory of ours: an id from before a restart still works", async () => {
  const ask = (body: object, session: Record<string, string>) =>
    fetch(`${opened.url}/mcp/chatee`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${opened.token}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": "2025-06-18",
        ...session,
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...body }),
    });
  const listed = await ask({ id: 1, method: "tools/list" }, { "mcp-session-id": "of-another-life" });
  expect([listed.status, await listed.text()]).toEqual([200, expect.stringContaining("send_message")]);
  const cancelled = { method: "notifications/cancelled", params: { requestId: 1 } };
  expect((await ask(cancelled, { "mcp-session-id": "of-another-life" })).status).toBe(202);
});

test("a caller of 2025 that is merely gone leaves the answer to be written", async () => {
  const { sessionId } = await client.sessions.create.mutate({});
  const gone = new AbortController();
  const params = { name: "send_message", arguments: { session_id: sessionId, content: "/demo tokens=20 delay=20" } };
  const response = await fetch(`${opened.url}/mcp/chatee`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${opened.token}`,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": "gone",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params }),
    signal: gone.signal,
  });
  expect(response.status).toBe(200);
  const answer = async () => (await client.messages.list.query({ sessionId })).messages.at(-1);
  await until(async () => ((await answer())?.content ? true : null));
  gone.abort();
  const ended = await until(async () => ((await answer())?.status === "streaming" ? null : answer()));
  expect(ended).toMatchObject({ status: "completed", content: expect.stringContaining("t19") });
});

test("a chat that has chatee's own tools cannot call itself for ever", async () => {
  const ext = { headers: { Authorization: `Bearer ${opened.token}` } };
  const { serverId } = await client.mcp.create.mutate({ name: "self", url: `${opened.url}/mcp/chatee`, ext });
  await client.mcp.toolPolicy.mutate({ serverId, name: "send_message", policy: "allow" });
  const { sessionId } = await client.sessions.create.mutate({});
  const inner = `/demo tool name=send_message input={"content":"deeper"}`;
  const content = `/demo tool name=self__send_message input=${JSON.stringify({ content: inner })}`;
  const sent = await client.messages.send.mutate({ sessionId, content, mcpServerIds: [serverId] });
  const outer = await until(async () => {
    const message = await client.messages.get.query({ messageId: sent.messageId });
    return message.status === "streaming" ? null : message;
  });
  expect(JSON.stringify(outer.toolCalls)).toContain("The answer is complete.");
  const { sessions } = await client.sessions.list.query({ limit: 2 });
  const innermost = sessions.find((one) => one.sessionId !== sessionId);
  const { messages } = await client.messages.list.query({ sessionId: innermost?.sessionId ?? "" });
  expect(messages).toHaveLength(2);
  expect(messages[1]).toMatchObject({ status: "completed" });
  expect(JSON.stringify(messages[1]?.toolCalls)).not.toContain("deeper");
});

import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { freePort } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { openMcpChat, questionsOn } from "./mcp-chat.ts";

test("the tools of the chosen servers join the chat, and what they answer is kept in its parts", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat();
  const serverId = await chat.register(fixture.url, { name: "Fix ture" });
  const screen = chat.watch();
  const questions = questionsOn(screen);
  const sent = await chat.send(serverId, serverId);
  const first = await chat.model.next();
  const names = first.request.tools.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name))).toBe(true);
  const alias = names.find((name) => name.includes("everything")) ?? "";
  const echo = first.request.tools.find(({ name }) => name.includes("echo"));
  expect(echo).toMatchObject({ description: "Says it again.", inputSchema: { type: "object" } });
  first.say({ type: "tool_call", call: { toolCallId: "t1", name: alias, input: "" } }, { ...wantsMore });
  const question = await questions.next();
  expect(question).toMatchObject({ kind: "approval", status: "open", serverId, toolCallId: "t1" });
  await chat.answer(question.interactionId, "allow");
  const { calls, request } = await chat.finish(sent.messageId);
  expect(calls).toMatchObject([
    {
      name: alias,
      status: "done",
      serverId,
      serverName: "Fix ture",
      toolName: "everything",
      blocks: [
        { type: "text", text: "t" },
        { type: "image", data: "aW1n", mimeType: "image/png" },
        { type: "audio", data: "YXVk", mimeType: "audio/wav" },
        { type: "resource_link", uri: "fixture://a", name: "a" },
        { type: "resource", uri: "fixture://b", text: "b" },
        { type: "structured", data: { n: 1 } },
      ],
    },
  ]);
  expect(request.messages.at(-1)).toMatchObject({
    role: "tool",
    isError: false,
    output: expect.stringMatching(/^t\n/),
  });
  await screen.stop();
});

test.each([true, false])(
  "a model that can see (%s) is shown the pictures of a tool's answer, one that cannot reads of them",
  async (vision) => {
    await using fixture = await openFixtureHttp();
    await using chat = await openMcpChat();
    const { services, ownerId } = chat;
    const { configId } = await services.llm.create(ownerId, {
      name: "seeing",
      provider: "openai-compatible",
      model: "any",
      metadata: { capabilities: { vision } },
      enabled: true,
      tags: [],
    });
    const serverId = await chat.register(fixture.url);
    await services.mcp.setToolPolicy(ownerId, { serverId, name: "everything", policy: "allow" });
    const { sessionId } = chat;
    const send = (content: string) =>
      services.messages.send(ownerId, { sessionId, content, llmConfigId: configId, mcpServerIds: [serverId] });
    const shown = (request: { messages: readonly object[] }) =>
      request.messages.flatMap((message) => ("media" in message ? (message.media as object[]) : []));
    const pictures = vision ? [{ type: "image", mimeType: "image/png", data: "aW1n" }] : [];

    const sent = await send("Look");
    await chat.wants(["t1", "fixture__everything"]);
    const { calls, request } = await chat.finish(sent.messageId);
    expect(shown(request)).toEqual(pictures);
    expect(request.messages.at(-1)).toMatchObject({ output: expect.stringContaining("[image: image/png") });
    expect(calls[0]?.blocks).toContainEqual({ type: "image", data: "aW1n", mimeType: "image/png" });

    await send("And now?");
    const later = await chat.model.next();
    expect(shown(later.request)).toEqual(pictures);
    later.answer("Done");
  },
);

const wantsMore = {
  type: "finish",
  reason: "tool_calls",
  usage: { inputTokens: null, outputTokens: null, thinkingTokens: null, cachedInputTokens: null },
  providerData: null,
} as const;

test("a server that cannot be reached does not fail the turn: the model goes without, and the answer says so", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat();
  const up = await chat.register(fixture.url);
  const down = await chat.register(`http://127.0.0.1:${await freePort()}/mcp`, { name: "down" });
  const foreign = await chat.register(fixture.url, { owner: "bob", name: "bobs" });
  const sent = await chat.send(down, up, foreign, "no-such-server");
  const step = await chat.model.next();
  expect(step.request.tools.some(({ name }) => name === "fixture__echo")).toBe(true);
  expect(step.request.tools.some(({ name }) => /^down__|bobs/.test(name))).toBe(false);
  step.answer("Hello");
  const message = await chat.ended(sent.messageId);
  expect(message).toMatchObject({ status: "completed", content: "Hello" });
  expect(message.ext?.["unavailableServers"]).toMatchObject([
    { serverId: down, name: "down", failure: { code: "mcp.unreachable" } },
    { serverId: foreign, name: null, failure: { code: "mcp.server_not_found" } },
    { serverId: "no-such-server", name: null, failure: { code: "mcp.server_not_found" } },
  ]);
});

test("calls of one step run side by side, and one that keeps telling how far it is has all the time it needs", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat({ limits: { toolTimeoutMs: 1_000 } });
  const serverId = await chat.register(fixture.url);
  for (const name of ["countdown", "echo", "hang"])
    await chat.services.mcp.setToolPolicy(chat.ownerId, { serverId, name, policy: "allow" });
  const screen = chat.watch();
  const sent = await chat.send(serverId);
  await chat.wants(
    ["slow", "fixture__countdown", { steps: 12, everyMs: 200 }],
    ["quick", "fixture__echo", { text: "hi" }],
    ["never", "fixture__hang"],
  );
  const { calls } = await chat.finish(sent.messageId);
  expect(calls).toMatchObject([
    { toolCallId: "slow", status: "done", result: "done" },
    { toolCallId: "quick", status: "done", result: "hi" },
    { toolCallId: "never", status: "error", result: expect.stringContaining("did not answer within 1 s") },
  ]);
  await screen.until(({ event }) => event.type === "run.completed");
  const progress = screen.seen.flatMap(({ event }) => (event.type === "tool.progress" ? [event] : []));
  expect(progress.length).toBeGreaterThan(1);
  expect(progress.every(({ toolCallId, progress: { total } }) => toolCallId === "slow" && total === 12)).toBe(true);
  const finished = screen.seen.findIndex(
    ({ event }) => event.type === "tool.finished" && event.call.toolCallId === "quick",
  );
  const lastProgress = screen.seen.findLastIndex(({ event }) => event.type === "tool.progress");
  expect(finished).toBeLessThan(lastProgress);
  await expect.poll(() => fixture.state.cancelled).toBe(1);
  const kept = await chat.services.sessions.export(chat.ownerId, chat.sessionId);
  expect(JSON.stringify(kept)).not.toContain("tool.progress");
  await screen.stop();
});

test("stopping a turn cancels its calls at the server", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat();
  const serverId = await chat.register(fixture.url);
  await chat.services.mcp.setToolPolicy(chat.ownerId, { serverId, name: "hang", policy: "allow" });
  const sent = await chat.send(serverId);
  await chat.wants(["t", "fixture__hang"]);
  await expect.poll(() => fixture.state.hanging).toBe(1);
  await chat.services.messages.stop(chat.ownerId, sent.messageId);
  expect(await chat.ended(sent.messageId)).toMatchObject({ status: "cancelled", toolCalls: [{ status: "unknown" }] });
  await expect.poll(() => fixture.state.cancelled).toBe(1);
});

test("a call whose answer was lost on the way is unknown, and is not made again", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat();
  const serverId = await chat.register(fixture.url);
  await chat.services.mcp.setToolPolicy(chat.ownerId, { serverId, name: "add_once", policy: "allow" });
  let calls = 0;
  fixture.intercept = (_req, res, body) => {
    if ((body as { method?: string } | undefined)?.method !== "tools/call") return false;
    calls++;
    res.destroy();
    return true;
  };
  const sent = await chat.send(serverId);
  await chat.wants(["t", "fixture__add_once"]);
  const answer = await chat.finish(sent.messageId);
  expect(answer.calls).toMatchObject([{ status: "unknown", result: expect.stringContaining("not known") }]);
  expect(calls).toBe(1);
});

test("what a model writes may name no tool and be no object: it is told, and the turn goes on", async () => {
  await using fixture = await openFixtureHttp();
  await using chat = await openMcpChat();
  const serverId = await chat.register(fixture.url);
  await chat.services.mcp.setToolPolicy(chat.ownerId, { serverId, name: "echo", policy: "allow" });
  const sent = await chat.send(serverId);
  await chat.wants(["a", "fixture__nothing"], ["b", "fixture__echo", [1]], ["c", "fixture__echo", { text: 1 }]);
  const { calls } = await chat.finish(sent.messageId);
  expect(calls.map(({ status }) => status)).toEqual(["error", "error", "error"]);
  expect(calls[0]?.result).toMatch(/no tool named/);
});

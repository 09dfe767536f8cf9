import { everythingOverHttp, openPublishedServer } from "@chatee/mcp-proxy/connections/testing/published-server";
import { programSpec, publishedProgram } from "@chatee/mcp-proxy/stdio/testing/rogue-connection";
import type { Interaction } from "@chatee/shared/interactions";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { toolCallsOf } from "@chatee/shared/transcript";
import { expect, test } from "vitest";
import { createTestServer, openClient, openTestDirectory } from "./create-test-server.ts";
import type { TestClient } from "./create-test-server.ts";

type Client = TestClient["client"];

async function ended(client: Client, messageId: string) {
  for (;;) {
    const message = await client.messages.get.query({ messageId });
    if (message.status !== "streaming") return { message, calls: toolCallsOf(message) };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function question(client: Client, sessionId: string): Promise<Interaction> {
  for (;;) {
    const [first] = (await client.interactions.list.query({ sessionId })).interactions;
    if (first) return first;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const script = (name: string, input: unknown) => `/demo tool name=${name} input=${JSON.stringify(input)}`;

test(
  "a published server in a chat: asked from one client, answered from another, across a restart",
  {
    timeout: 90_000,
  },
  async () => {
    await using everything = await openPublishedServer(everythingOverHttp);
    await using folder = await openTestDirectory();
    const first = await createTestServer({ dataDirectory: folder.path });
    const one = openClient(first);
    const two = openClient(first);
    const { serverId } = await one.client.mcp.create.mutate({ name: "everything", url: `${everything.origin}/mcp` });
    const tested = await one.client.mcp.test.mutate({ serverId });
    expect(tested).toMatchObject({ success: true, needsSignIn: false });
    expect(tested.tools?.length).toBeGreaterThan(10);
    const { sessionId } = await one.client.sessions.create.mutate({});
    const seen: FollowedEvent[] = [];
    const screen = two.client.sessions.events.subscribe({ sessionId }, { onData: ({ data }) => void seen.push(data) });

    const content = script("everything__echo", { message: "hello" });
    const echo = await one.client.messages.send.mutate({ sessionId, content, mcpServerIds: [serverId] });
    const asked = await question(two.client, sessionId);
    expect(asked).toMatchObject({
      kind: "approval",
      messageId: echo.messageId,
      request: { toolName: "echo", arguments: { message: "hello" } },
    });
    const waiting = await one.client.messages.get.query({ messageId: echo.messageId });
    expect(toolCallsOf(waiting)).toMatchObject([{ status: "waiting" }]);
    const { interactionId } = asked;
    await two.client.interactions.answer.mutate({ interactionId, response: { decision: "allow" } });
    const answered = await ended(one.client, echo.messageId);
    expect(answered.message.status).toBe("completed");
    expect(answered.calls).toMatchObject([
      { status: "done", serverId, serverName: "everything", toolName: "echo", result: "Echo: hello" },
    ]);
    await expect.poll(() => seen.map(({ type }) => type)).toContain("interaction.answered");

    const sum = script("everything__get-sum", { a: 2, b: 3 });
    const left = await one.client.messages.send.mutate({ sessionId, content: sum, mcpServerIds: [serverId] });
    const open = await question(two.client, sessionId);
    screen.unsubscribe();
    await Promise.all([one[Symbol.asyncDispose](), two[Symbol.asyncDispose]()]);
    await first.close();

    await using second = await createTestServer({ dataDirectory: folder.path });
    await using three = openClient(second);
    const { client } = three;
    const interrupted = await ended(client, left.messageId);
    expect(interrupted.message.status).toBe("interrupted");
    expect(interrupted.calls).toMatchObject([{ toolName: "get-sum", status: "denied", result: null }]);
    expect((await client.interactions.list.query({ sessionId })).interactions).toEqual([]);
    const late = client.interactions.answer.mutate({
      interactionId: open.interactionId,
      response: { decision: "allow" },
    });
    await expect(late).rejects.toMatchObject({ data: { failure: { code: "interaction.closed", status: "expired" } } });

    // What was allowed before the restart is allowed after it.
    const again = await client.messages.send.mutate({ sessionId, content, mcpServerIds: [serverId] });
    expect((await ended(client, again.messageId)).calls).toMatchObject([{ status: "done", result: "Echo: hello" }]);
    const called = await client.mcp.call.mutate({ serverId, name: "get-sum", arguments: { a: 2, b: 3 } });
    expect(JSON.stringify(called.result.content)).toContain("5");
  },
);

test("a local program is started once it is approved, answers, and says on stderr what it has to say", async () => {
  await using server = await createTestServer();
  await using browser = openClient(server);
  const { mcp } = browser.client;
  const { command, args } = programSpec(publishedProgram("everything"), "stdio");
  const created = await mcp.create.mutate({ name: "local", type: "stdio", ext: { command, args: [...args] } });
  const { serverId } = created;
  const refused = mcp.tools.query({ serverId });
  await expect(refused).rejects.toMatchObject({
    data: { failure: { code: "mcp.not_approved", approvalHash: created.approvalHash } },
  });
  await mcp.approve.mutate({ serverId, hash: created.approvalHash ?? "" });
  const { tools } = await mcp.tools.query({ serverId });
  expect(tools.map(({ name }) => name)).toContain("echo");
  const { result } = await mcp.call.mutate({ serverId, name: "echo", arguments: { message: "hi" } });
  expect(result).toMatchObject({ isError: false, content: [{ type: "text", text: "Echo: hi" }] });
  expect((await mcp.resources.query({ serverId })).resources.length).toBeGreaterThan(0);
  const { prompts } = await mcp.prompts.query({ serverId });
  expect(prompts.length).toBeGreaterThan(0);
  const { prompt } = await mcp.getPrompt.query({ serverId, name: "simple-prompt" });
  expect(prompt).toMatchObject({ messages: [{ role: "user" }] });
  expect((await mcp.stderr.query({ serverId })).stderr).not.toBe("");
  await mcp.update.mutate({ serverId, ext: { command, args: [...args, "more"] } });
  await expect(mcp.tools.query({ serverId })).rejects.toMatchObject({
    data: { failure: { code: "mcp.not_approved" } },
  });
});

test("where programs are off, a local server is kept and cannot be approved or started", async () => {
  await using server = await createTestServer({ env: { CHATEE_MCP__STDIO: "false" } });
  await using browser = openClient(server);
  const { mcp, system } = browser.client;
  const created = await mcp.create.mutate({ name: "local", type: "stdio", ext: { command: "node" } });
  const { serverId, approvalHash } = created;
  const unavailable = { data: { failure: { code: "feature.unavailable" } } };
  await expect(mcp.approve.mutate({ serverId, hash: approvalHash ?? "" })).rejects.toMatchObject(unavailable);
  await expect(mcp.tools.query({ serverId })).rejects.toMatchObject(unavailable);
  expect((await mcp.list.query()).servers).toMatchObject([{ serverId, approved: false }]);
  expect((await system.info.query()).features).toMatchObject({ mcpStdio: false });
});

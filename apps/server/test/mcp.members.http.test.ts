import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { openRedis, sharedMariaDb } from "@chatee/tooling/services";
import { expect, it } from "vitest";
import { memberEnv } from "./cluster.ts";
import { createTestServer, openClient } from "./create-test-server.ts";

/** Two servers that share nothing in memory, as two processes do not: a database, and a Redis that may go. */
async function openPair() {
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await sharedMariaDb());
  const redis = parts.use(await openRedis());
  const env = memberEnv({ database, redis });
  const one = parts.use(await createTestServer({ env }));
  const two = parts.use(await createTestServer({ env }));
  const here = parts.use(openClient(one)).client;
  const there = parts.use(openClient(two)).client;
  const all = parts.move();
  return { redis, here, there, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

it(
  "lets a run go on when the other process takes the answer to its question, with Redis and without",
  { timeout: 120_000 },
  async () => {
    await using fixture = await openFixtureHttp();
    await using pair = await openPair();
    const { here, there, redis } = pair;
    const { serverId } = await there.mcp.create.mutate({ name: "fixture", url: fixture.url });
    const sessionId = "s";
    await here.sessions.create.mutate({ sessionId });

    async function ask(text: string, answer: "allow" | "deny") {
      const content = `/demo tool name=echo input={"text":"${text}"}`;
      const { messageId } = await here.messages.send.mutate({ sessionId, content, mcpServerIds: [serverId] });
      const open = async () => (await there.interactions.list.query({ sessionId })).interactions;
      await expect.poll(open, { timeout: 20_000 }).toMatchObject([{ kind: "approval", messageId, status: "open" }]);
      const [{ interactionId } = { interactionId: "" }] = await open();
      const response = { decision: answer, remember: false };
      await there.interactions.answer.mutate({ interactionId, response });
      const read = async () => await there.messages.get.query({ messageId });
      await expect.poll(async () => (await read()).status, { timeout: 20_000 }).toBe("completed");
      expect(await here.interactions.list.query({})).toEqual({ interactions: [] });
      return JSON.stringify(await read());
    }

    expect(await ask("with-redis", "allow")).toContain("with-redis");
    await redis.kill();
    expect(await ask("without-redis", "allow")).toContain("without-redis");
    const calls = () => fixture.seen.filter(({ rpcMethod }) => rpcMethod === "tools/call").length;
    const before = calls();
    await ask("never", "deny");
    expect([before, calls()]).toEqual([2, 2]);
  },
);

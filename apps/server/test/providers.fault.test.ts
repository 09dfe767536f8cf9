import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startMock, startServer, wires } from "@chatee/api/llm/testing/model-server";
import type { Wire } from "@chatee/api/llm/testing/model-server";
import { partialStream } from "@chatee/api/llm/testing/partial-streams";
import type { SendResult } from "@chatee/shared/messages";
import { expect, test } from "vitest";
import { openAuditedClient } from "./audited-client.ts";
import type { AuditedClient } from "./audited-client.ts";
import { createAuditor } from "./auditor.ts";
import { createTestServer } from "./create-test-server.ts";
import { readSqlite } from "./stored-rows.ts";
import type { Witness } from "./witness.ts";

const answer = Array.from({ length: 60 }, (_, index) => `word${index} 世界`).join(" ");
/** Requests of one model step: the first and two more. */
const maxRequests = 3;
const chaos = { dropRate: 0.15, malformedRate: 0.15, rateLimitRate: 0.15, disconnectRate: 0.15, latencyMs: 15 };
/** What is asked, and how the wire misbehaves beside the weather. */
const questions = {
  plain: {},
  cut: { truncateAfterChunks: 8, latency: 2 },
  gone: { disconnectAfterMs: 40, latency: 5 },
  slow: { latency: 10 },
} as const;
const rounds = 3;

async function addConfig({ client }: AuditedClient, wire: Wire, url: string): Promise<string> {
  const { configId } = await client.llm.create.mutate({
    name: `${wire.provider} ${wire.path}`,
    provider: wire.provider,
    model: wire.model,
    apiUrl: url + wire.path,
    apiKey: "test-key",
  });
  return configId;
}

type Asked = SendResult & { witness: Witness };

/** Asks in a session of its own, so that all can be asked at once. */
async function ask(client: AuditedClient, configId: string, sessionId: string, content: string): Promise<Asked> {
  await client.client.sessions.create.mutate({ sessionId, llmConfigId: configId });
  const witness = client.follow(sessionId, sessionId);
  return { ...(await client.send(sessionId, content)), witness };
}

test.each(wires)(
  "$provider at $path: in any weather each send has one end, and what was seen is what is stored",
  async (wire) => {
    await using server = await createTestServer();
    await using mock = await startMock({ chunkSize: 5, chaos });
    for (const [question, faults] of Object.entries(questions)) mock.onMessage(question, { content: answer }, faults);
    // The storm passes: the first two are refused, then one is served, and so on.
    let asked = 0;
    mock.onMessage("storm", () =>
      ++asked % 3 === 0
        ? { content: answer }
        : { error: { message: "Overloaded", type: "overloaded_error" }, status: 529 },
    );
    const auditor = createAuditor();
    await using client = openAuditedClient({ address: server, auditor, name: "client" });
    const configId = await addConfig(client, wire, mock.url);
    const asking = [...Object.keys(questions), "storm"].flatMap((question) =>
      Array.from({ length: rounds }, (_, round) =>
        ask(client, configId, `${question}-${round}`, `${question} ${round}`),
      ),
    );
    const all = await Promise.all(asking);
    for (const { witness, runId } of all)
      expect(await witness.until(() => witness.hasEnded(runId), 60_000), witness.sessionId).toBe(true);

    const statuses = new Set<string>();
    for (const { witness, messageId } of all) {
      const message = await client.client.messages.get.query({ messageId });
      expect(answer.startsWith(message.content), `${witness.sessionId}: ${message.content}`).toBe(true);
      statuses.add(message.status);
      if (message.status === "completed") expect(message.content).toBe(answer);
      else expect(message).toMatchObject({ status: "failed", failure: { code: expect.stringMatching(/^llm\./) } });
      if (witness.sessionId.startsWith("cut")) expect(message.status).toBe("failed");
    }
    expect(statuses).toEqual(new Set(["completed", "failed"]));
    expect(mock.getRequests().length).toBeLessThanOrEqual(all.length * maxRequests);
    const read = readSqlite(join(server.dataDirectory, "chatee.db"));
    expect([...(await auditor.untilCaughtUp(read)), ...(await auditor.findings(read))]).toEqual([]);
  },
);

test.each(wires)("$provider at $path: a stop reaches the provider within a second", async (wire) => {
  const { contentType, begin } = partialStream(wire);
  await using server = await createTestServer();
  const auditor = createAuditor();
  await using client = openAuditedClient({ address: server, auditor, name: "client" });
  for (const when of ["before", "amid"]) {
    const { promise: isAsked, resolve } = Promise.withResolvers<void>();
    await using model = await startServer((_request, response) => {
      if (when === "amid") response.writeHead(200, { "content-type": contentType }).write(begin);
      resolve();
    });
    const configId = await addConfig(client, wire, model.url);
    const { witness, runId, messageId } = await ask(client, configId, when, "hello");
    await isAsked;
    if (when === "amid")
      expect(await witness.until(() => witness.messages.get(messageId)?.content === "Hello", 5_000)).toBe(true);
    await client.client.messages.stop.mutate({ messageId });
    const late = pause(1_000).then(() => "late");
    expect(await Promise.race([model.hungUp.then(() => "hung up"), late])).toBe("hung up");
    expect(await witness.until(() => witness.hasEnded(runId), 5_000)).toBe(true);
    expect(witness.messages.get(messageId)).toEqual({
      content: when === "amid" ? "Hello" : "",
      thinking: "",
      ended: "cancelled",
    });
  }
  const read = readSqlite(join(server.dataDirectory, "chatee.db"));
  expect([...(await auditor.untilCaughtUp(read)), ...(await auditor.findings(read))]).toEqual([]);
});

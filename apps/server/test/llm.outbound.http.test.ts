import { openHttpServer } from "@chatee/mcp-proxy/testing/http-server";
import { expect, it } from "vitest";
import { createTestServer, openClient } from "./create-test-server.ts";

it("a model on this machine is reached by its address; credentials of the machine, and whoever it redirects to, are not", async () => {
  await using inside = await openHttpServer((_request, response) => response.end("{}"));
  await using models = await openHttpServer((request, response) => {
    if (request.url?.startsWith("/moved")) return response.writeHead(307, { location: inside.url }).end();
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify({ data: [{ id: "llama" }] }));
  });
  await using server = await createTestServer();
  await using typed = openClient(server);
  const { llm } = typed.client;
  const model = { provider: "openai-compatible", model: "llama", apiKey: "secret" } as const;
  const here = await llm.create.mutate({ ...model, name: "here", apiUrl: models.url });
  expect((await llm.models.query({ configId: here.configId })).models).toMatchObject([{ model: "llama" }]);
  for (const [apiUrl, reason] of [
    ["http://169.254.169.254", "closed"],
    ["http://metadata.google.internal", "closed"],
    [`${models.url}/moved`, "redirected"],
  ] as const) {
    const { configId } = await llm.create.mutate({ ...model, name: apiUrl, apiUrl });
    const failure = { code: "llm.address_refused", host: new URL(apiUrl).host, reason };
    expect(await llm.test.mutate({ configId })).toMatchObject({ success: false, failure });
  }
  expect(inside.connections()).toBe(0);
});

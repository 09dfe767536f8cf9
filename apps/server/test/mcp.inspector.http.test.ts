import { everythingOverHttp, openPublishedServer } from "@chatee/mcp-proxy/connections/testing/published-server";
import { runInspector } from "@chatee/mcp-proxy/testing/inspector";
import { expect, test } from "vitest";
import { createTestServer, openClient } from "./create-test-server.ts";

test("Inspector lists and calls a registered server's tools through the relay, in both eras, and is told to sign in", async () => {
  await using everything = await openPublishedServer(everythingOverHttp);
  await using server = await createTestServer();
  await using browser = openClient(server);
  const url = `${everything.origin}/mcp`;
  const { serverId } = await browser.client.mcp.create.mutate({ name: "everything", url });
  const registered = { url: `${server.url}/mcp/${serverId}`, token: server.token };
  const own = { url: `${server.url}/mcp/chatee`, token: server.token };
  const list = ["--method", "tools/list"];
  const echo = ["--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=through"];
  const [listed, called, stranger, modern] = await Promise.all([
    runInspector(registered, ...list),
    runInspector(registered, ...echo),
    runInspector({ ...registered, token: "wrong" }, ...list),
    runInspector(own, "--protocol-era", "modern", "--method", "tools/call", "--tool-name", "list_sessions"),
  ]);
  expect(listed, listed.problem).toMatchObject({ exitCode: 0, out: expect.stringContaining('"get-sum"') });
  expect(called, called.problem).toMatchObject({ exitCode: 0, out: expect.stringContaining("Echo: through") });
  expect(stranger).toMatchObject({ exitCode: 3, problem: expect.stringContaining("auth_required") });
  expect(modern, modern.problem).toMatchObject({ exitCode: 0, out: expect.stringContaining("next_cursor") });
});

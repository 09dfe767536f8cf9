import { openFixtureHttp } from "@chatee/mcp-proxy/connections/testing/fixture-http";
import { freePort } from "@chatee/tooling/private-process";
import { maskedSecret } from "@chatee/shared/mcp";
import { describe, expect, it } from "vitest";
import { openMcpServer } from "./mcp-server.ts";
import { expectDocumented, expectError, routeOf, textIn } from "./rest-server.ts";

const serverPath = "/api/mcp/servers/:server_id";
const program = {
  name: "Local",
  type: "stdio",
  ext: {
    command: "/nonexistent/tool",
    args: ["--flag", "a b"],
    env: { API_KEY: "sk-env-secret" },
    note: { own_key: 1 },
  },
};

describe("registered MCP servers", () => {
  it("take no address of chatee's own", async () => {
    await using server = await openMcpServer();
    for (const id of ["chatee", "health", "oauth"]) {
      const refused = await server.post("/api/mcp/servers", {
        name: "Docs",
        url: "https://mcp.example.com/",
        server_id: id,
      });
      expectError(refused, 400);
    }
  });

  it("are kept with every field, and known to old clients by id", async () => {
    await using server = await openMcpServer();
    const body = {
      name: "Docs",
      url: "https://mcp.example.com/mcp",
      display_name: "Documents",
      client_name: "chatee",
      use_proxy: false,
      description: "d",
      metadata: { a_b: 1, aB: [null] },
      ext: { headers: { "X-Key": "sk-header-secret" } },
    };
    const created = await server.post("/api/mcp/servers", body);
    expect(created.status).toBe(201);
    expectDocumented(routeOf("POST", "/api/mcp/servers"), created.body);
    const serverId = textIn(created, "server_id");
    expect(created.body).toMatchObject({
      ...body,
      id: serverId,
      type: "http-stream",
      enabled: true,
      ext: { headers: { "X-Key": maskedSecret } },
      approval_hash: null,
      approved: true,
    });
    const path = `/api/mcp/servers/${serverId}`;
    const got = await server.get(path);
    expectDocumented(routeOf("GET", serverPath), got.body);
    const listed = await server.get("/api/mcp/servers");
    expect(listed.body).toEqual({ servers: [got.body], total: 1 });
    const changed = await server.put(path, { name: "Docs 2", enabled: false, unknown: 1 });
    expect(changed.body).toMatchObject({ name: "Docs 2", enabled: false, description: "d", client_name: "chatee" });
    expect((await server.delete(path)).body).toMatchObject({ success: true });
    expectError(await server.get(path), 404);
    expectError(await server.delete(path), 404);
    expectError(await server.put(path, { name: "x" }), 404);
  });

  it("show no value of their environment or headers, and keep a value whose mask comes back", async () => {
    await using server = await openMcpServer();
    const created = await server.post("/api/mcp/servers", program);
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    const shown = { ...program.ext, env: { API_KEY: maskedSecret } };
    expect(created.body).toMatchObject({ ext: shown });
    const hash = textIn(created, "approval_hash");
    const kept = await server.put(path, { ext: { ...shown, args: ["--flag", "a b"] } });
    expect(textIn(kept, "approval_hash")).toBe(hash);
    const replaced = await server.put(path, { ext: { ...shown, env: { API_KEY: "other" } } });
    expect(textIn(replaced, "approval_hash")).not.toBe(hash);
    const refused = await server.put(path, { ext: { ...shown, env: { API_KEY: maskedSecret, NEW: maskedSecret } } });
    expectError(refused, 400);
    expect(refused.body).toMatchObject({ error: { issues: [{ path: "ext.env.NEW" }] } });
    const dump = JSON.stringify(await server.db.read.select().from(server.db.tables.mcpServers));
    expect(dump).toContain("v1.");
    expect(dump + JSON.stringify([created, kept, replaced])).not.toMatch(/sk-env-secret|"other"/);
  });

  it("do not take stored headers along to another host", async () => {
    await using server = await openMcpServer();
    const ext = { headers: { "X-Key": "sk-header-secret" } };
    const created = await server.post("/api/mcp/servers", { name: "Docs", url: "https://a.example/mcp", ext });
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    for (const body of [{ url: "https://b.example/mcp" }, { ...(created.body as object), url: "https://b.example/" }]) {
      const refused = await server.put(path, body);
      expectError(refused, 422);
      expect(JSON.stringify(refused.body)).toContain("a.example");
    }
    expect((await server.get(path)).body).toMatchObject({ url: "https://a.example/mcp" });
    const typed = { url: "https://b.example/mcp", ext: { headers: { "X-Key": "other" } } };
    expect((await server.put(path, typed)).status).toBe(200);
  });

  it("are refused when nobody could reach them", async () => {
    await using server = await openMcpServer();
    for (const [body, path] of [
      [{ name: "x" }, "url"],
      [{ name: "x", type: "stdio", url: "" }, "ext.command"],
      [{ name: "x", url: "file:///etc/passwd" }, "url"],
      [{ name: "x", url: "https://user:secret@example.com/" }, "url"],
      [{ name: "x", url: "https://example.com/", ext: { headers: { "A\nB": "c" } } }, "ext.headers.A\nB"],
      [{ name: "x", url: "https://example.com/", ext: { headers: { A: "b\r\nC: d" } } }, "ext.headers.A"],
      [{ name: "x", type: "carrier-pigeon", url: "https://example.com/" }, "type"],
    ] as const) {
      const answer = await server.post("/api/mcp/servers", body);
      expectError(answer, 400, JSON.stringify(body));
      expect(answer.body).toMatchObject({ error: { issues: [{ path }] } });
    }
  });

  it("belong to one owner: to others they are not there", async () => {
    await using server = await openMcpServer();
    const { serverId } = await server.services.mcp.create("bob", {
      name: "Bob's",
      url: "https://example.com/",
      type: "http-stream",
      enabled: true,
      useProxy: true,
      allowReadOnly: false,
    });
    const path = `/api/mcp/servers/${serverId}`;
    for (const [method, suffix, body] of [
      ["GET", "", undefined],
      ["PUT", "", { name: "x" }],
      ["DELETE", "", undefined],
      ["POST", "/test", undefined],
      ["POST", "/approve", { hash: "x" }],
      ["POST", "/call", { name: "x" }],
      ["GET", "/tools", undefined],
      ["GET", "/stderr", undefined],
    ] as const) {
      const headers = { "content-type": "application/json" };
      const answer = await server.request(
        method,
        `${path}${suffix}`,
        body ? { headers, body: JSON.stringify(body) } : {},
      );
      expectError(answer, 404, `${method} ${suffix}`);
    }
    expect((await server.services.mcp.get("bob", serverId)).name).toBe("Bob's");
    const mine = { name: "Mine", url: "https://example.com/", server_id: serverId };
    expectError(await server.post("/api/mcp/servers", mine), 409);
  });

  it("are approved as they are, and no longer when what would be started is changed", async () => {
    await using server = await openMcpServer();
    const created = await server.post("/api/mcp/servers", program);
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    const hash = textIn(created, "approval_hash");
    expect(created.body).toMatchObject({ approved: false });
    expect((await server.post(`${path}/test`)).body).toMatchObject({ success: false, tools: null });
    expectError(await server.post(`${path}/approve`, { hash: "something else" }), 409);
    const approved = await server.post(`${path}/approve`, { hash });
    expect(approved.body).toMatchObject({ approved: true, approval_hash: hash });
    expect((await server.put(path, { name: "Renamed" })).body).toMatchObject({ approved: true });
    const shown = { ...program.ext, env: { API_KEY: maskedSecret } };
    for (const ext of [
      { ...shown, command: "/other" },
      { ...shown, args: ["--flag a", "b"] },
      { ...shown, env: { API_KEY: "x" } },
      { ...shown, cwd: "/tmp" },
    ]) {
      expect((await server.put(path, { ext })).body).toMatchObject({ approved: false });
      const restored = await server.put(path, { ext: program.ext });
      expect(restored.body).toMatchObject({ approved: false, approval_hash: hash });
      await server.post(`${path}/approve`, { hash });
    }
    const tested = await server.post(`${path}/test`);
    expect(tested.body).toMatchObject({ success: false, error: expect.stringContaining("ENOENT") });
  });

  it("may be local programs that are kept but not approved where programs are off", async () => {
    await using server = await openMcpServer({ runsPrograms: false });
    const created = await server.post("/api/mcp/servers", program);
    expect(created.status).toBe(201);
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    expectError(await server.post(`${path}/approve`, { hash: textIn(created, "approval_hash") }), 422);
    expectError(await server.get(`${path}/tools`), 422);
    expect((await server.post(`${path}/test`)).body).toMatchObject({ success: false });
  });

  it("are tested: tools where they answer, why not where they do not, 401 where they want a sign-in", async () => {
    await using fixture = await openFixtureHttp();
    await using server = await openMcpServer();
    const created = await server.post("/api/mcp/servers", { name: "Fixture", url: fixture.url });
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    const up = await server.post(`${path}/test`);
    expect(up.status).toBe(200);
    expectDocumented(routeOf("POST", `${serverPath}/test`), up.body);
    expect(up.body).toMatchObject({ success: true, error: null, requires_oauth: false });
    const echo = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
    expect(up.body).toMatchObject({ tools: expect.arrayContaining([expect.objectContaining({ name: "echo" })]) });
    expect(up.body).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ input_schema: expect.objectContaining(echo) })]),
    });
    fixture.intercept = (_req, res) => {
      res.writeHead(401, { "www-authenticate": "Bearer" }).end();
      return true;
    };
    await server.put(path, { name: "Locked" });
    const locked = await server.post(`${path}/test`);
    expect(locked.status).toBe(401);
    expect(locked.body).toMatchObject({ success: false, requires_oauth: true, message: expect.any(String) });
    const port = await freePort();
    await server.put(path, { url: `http://127.0.0.1:${port}/mcp` });
    const down = await server.post(`${path}/test`, {});
    expect([down.status, down.body]).toEqual([
      200,
      expect.objectContaining({ success: false, tools: null, error: expect.stringContaining(`127.0.0.1:${port}`) }),
    ]);
  });

  it("answer calls, with the owner's headers and to nobody else's address", async () => {
    await using fixture = await openFixtureHttp();
    await using server = await openMcpServer();
    const ext = { headers: { "X-Key": "secret-1" } };
    const created = await server.post("/api/mcp/servers", { name: "Fixture", url: fixture.url, ext });
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    const echoed = await server.post(`${path}/call`, { name: "echo", arguments: { text: "hä" } });
    expect(echoed.body).toEqual({ result: { content: [{ type: "text", text: "hä" }], isError: false } });
    expect(fixture.seen.every(({ headers }) => headers["x-key"] === "secret-1")).toBe(true);
    expectError(await server.post(`${path}/call`, { name: "no_such_tool" }), 422);
    const tools = await server.get(`${path}/tools`);
    expectDocumented(routeOf("GET", `${serverPath}/tools`), tools.body);
    await server.put(path, { enabled: false });
    expectError(await server.post(`${path}/call`, { name: "echo", arguments: { text: "x" } }), 422);
  });
});

describe("questions that wait", () => {
  it("are listed and answered over REST, once", async () => {
    await using fixture = await openFixtureHttp();
    await using server = await openMcpServer();
    const created = await server.post("/api/mcp/servers", { name: "Fixture", url: fixture.url });
    const path = `/api/mcp/servers/${textIn(created, "server_id")}`;
    const calling = server.post(`${path}/call`, { name: "ask_name" });
    const list = () => server.get("/api/interactions");
    const isAsked = async () => JSON.stringify((await list()).body).includes("interaction_id");
    await expect.poll(isAsked, { timeout: 5_000 }).toBe(true);
    const listed = await list();
    expectDocumented(routeOf("GET", "/api/interactions"), listed.body);
    const [asked] = (listed.body as { interactions: { interaction_id: string }[] }).interactions;
    expect(asked).toMatchObject({
      kind: "elicitation_form",
      status: "open",
      question: { server_name: "Fixture", message: "Who?", schema: { properties: { name: { type: "string" } } } },
    });
    const answerPath = `/api/interactions/${asked?.interaction_id}/answer`;
    expectError(await server.post(answerPath, { response: { decision: "allow" } }), 400);
    expectError(await server.post("/api/interactions/unknown/answer", { response: { action: "cancel" } }), 404);
    const response = { action: "accept", content: { name: "Cy" } };
    const answered = await server.post(answerPath, { response });
    expectDocumented(routeOf("POST", "/api/interactions/:interaction_id/answer"), answered.body);
    expect(answered.body).toMatchObject({ status: "answered", response });
    expectError(await server.post(answerPath, { response: { action: "decline" } }), 409);
    expect((await calling).body).toMatchObject({ result: { content: [{ type: "text", text: "accept Cy" }] } });
    expect((await list()).body).toEqual({ interactions: [] });
  });
});

import { createSystemService } from "@chatee/api/system/system.service";
import type { SystemDeps } from "@chatee/api/system/system.service";
import { createTestEnvironment } from "@chatee/api/testing/environment";
import { describe, expect, it } from "vitest";
import { expectDocumented, expectError, openRestServer, routeOf, textIn } from "./rest-server.ts";
import type { RestServer } from "./rest-server.ts";

const sessionPath = "/api/sessions/:session_id";

async function addSession(server: RestServer, input: object = {}) {
  const created = await server.post("/api/sessions", input);
  expect(created.status).toBe(201);
  return { created, path: `/api/sessions/${textIn(created, "session_id")}` };
}

describe("sessions over REST", () => {
  it("begin with 201 and what was asked for; missing fields are null", async () => {
    await using server = await openRestServer();
    const ext = { camelCase: true, snake_case: { deepKey: 1 } };
    const input = { title: "Trip", session_type: "agent", system_prompt: "Be brief.", ext, source_role_id: "role:1" };
    const { created, path } = await addSession(server, { ...input, is_pinned: "an unknown field" });
    expectDocumented(routeOf("POST", "/api/sessions"), created.body);
    expect(created.body).toMatchObject({
      title: "Trip",
      session_type: "agent",
      system_prompt: "Be brief.",
      ext,
      role_id: "role:1",
      role_version_id: null,
      current_role_version_id: null,
      media_output_path: null,
      message_count: 0,
      preview_text: null,
      last_message_at: null,
    });
    const read = await server.get(path);
    expect([read.status, read.body]).toEqual([200, created.body]);
    expectDocumented(routeOf("GET", sessionPath), read.body);
  });

  it("begin with an empty body too, and twice under one id they are one", async () => {
    await using server = await openRestServer();
    const empty = await server.request("POST", "/api/sessions", { headers: { "content-type": "application/json" } });
    expect([empty.status, textIn(empty, "session_type")]).toEqual([201, "memory"]);
    const id = "session-1712345678901";
    const { created } = await addSession(server, { session_id: id });
    const { created: again } = await addSession(server, { session_id: id });
    expect(again.body).toEqual(created.body);
  });

  it("are pinned and listed by that", async () => {
    await using server = await openRestServer();
    const { path, created } = await addSession(server, { title: "Kept" });
    await addSession(server);
    const pinned = await server.put(path, { pinned: true });
    expectDocumented(routeOf("PUT", sessionPath), pinned.body);
    expect(textIn(pinned, "pinned_at")).toMatch(/^\d{4}-/);
    const id = textIn(created, "session_id");
    expect((await server.get("/api/sessions?pinned=true")).body).toMatchObject({
      sessions: [{ session_id: id }],
      total: 1,
    });
    expect((await server.get("/api/sessions?pinned=false")).body).toMatchObject({ total: 1 });
    expect((await server.put(path, { pinned: false })).body).toMatchObject({ pinned_at: null });
  });

  it("are listed newest activity first, up to 300 without a limit, without the temporary ones", async () => {
    await using server = await openRestServer();
    for (let index = 0; index < 60; index++) {
      await server.services.sessions.create(server.ownerId, { sessionType: "memory", title: `s${index}` });
    }
    await addSession(server, { session_type: "temporary" });
    const all = await server.get("/api/sessions");
    expectDocumented(routeOf("GET", "/api/sessions"), all.body);
    const { sessions, total } = all.body as { sessions: { session_id: string; updated_at: string }[]; total: number };
    expect([sessions.length, total]).toEqual([60, 60]);
    const times = sessions.map((session) => session.updated_at);
    expect(times).toEqual([...times].sort().reverse());

    const first = await server.get("/api/sessions?limit=40&cursor=");
    const { next_cursor: cursor, sessions: page } = first.body as {
      next_cursor: string;
      sessions: { session_id: string }[];
    };
    const second = await server.get(`/api/sessions?limit=40&cursor=${encodeURIComponent(cursor)}`);
    expect(second.body).toMatchObject({ next_cursor: null, total: 60 });
    const seen = [...page, ...(second.body as { sessions: { session_id: string }[] }).sessions];
    expect(seen.map((one) => one.session_id)).toEqual(sessions.map((one) => one.session_id));
    expect((await server.get("/api/sessions?query=s17&session_type=memory")).body).toMatchObject({ total: 1 });
  });

  it("change by PUT, whole or field by field, and each answer is the session", async () => {
    await using server = await openRestServer();
    const { path } = await addSession(server);
    const avatar = `data:image/png;base64,${"A".repeat(3_000_000)}`;
    const changes: [string, object][] = [
      ["", { title: "Whole", media_output_path: "/out" }],
      ["/name", { name: "Named" }],
      ["/avatar", { avatar }],
      ["/system-prompt", { system_prompt: "Hello" }],
      ["/media-output-path", { media_output_path: "pictures" }],
      ["/llm-config", { llm_config_id: "demo" }],
      ["/avatar", { avatar: null }],
      ["/upgrade-to-agent", { name: "Agent", system_prompt: "You are one." }],
    ];
    for (const [rest, change] of changes) {
      const changed = await server.put(`${path}${rest}`, change);
      expect([rest, changed.status]).toEqual([rest, 200]);
      expectDocumented(routeOf("PUT", `${sessionPath}${rest}`), changed.body);
      expect(changed.body).toMatchObject(change);
      expect((await server.get(path)).body).toEqual(changed.body);
    }
    expect((await server.get(path)).body).toMatchObject({
      session_type: "agent",
      llm_config_id: "demo",
      title: "Whole",
    });
    expectError(await server.put(`${path}/name`, { system_prompt: "the wrong field" }), 400);
    const bare = await server.put(`${path}/upgrade-to-agent`);
    expect([bare.status, textIn(bare, "session_type")]).toEqual([200, "agent"]);
  });

  it("go with everything that hangs on them", async () => {
    await using server = await openRestServer();
    const { path } = await addSession(server);
    await server.post(`${path}/messages`, { role: "user", content: "Hi" });
    const removed = await server.request("DELETE", path, { headers: { "content-type": "application/json" } });
    expect([removed.status, removed.body]).toEqual([200, { success: true }]);
    for (const rest of ["", "/messages", "/summaries", "/executions"])
      expectError(await server.get(`${path}${rest}`), 404);
  });

  it("are summed up by their model, and forget it again", async () => {
    await using server = await openRestServer();
    const { path } = await addSession(server);
    expectError(await server.request("POST", `${path}/summarize`), 422);
    const said = await server.post(`${path}/messages`, { role: "user", content: "The code is 4711." });
    const asked = server.model.next().then(({ answer }) => answer("They named a code."));
    const summary = await server.request("POST", `${path}/summarize`, {
      headers: { "content-type": "application/json" },
    });
    await asked;
    expect(summary.status).toBe(200);
    expectDocumented(routeOf("POST", `${sessionPath}/summarize`), summary.body);
    expect(summary.body).toMatchObject({
      summary_content: "They named a code.",
      last_message_id: textIn(said, "message_id"),
    });
    const list = await server.get(`${path}/summaries`);
    expectDocumented(routeOf("GET", `${sessionPath}/summaries`), list.body);
    expect(list.body).toEqual({ summaries: [summary.body] });
    expect((await server.delete(`${path}/summaries/cache`)).body).toEqual({ success: true });
    expect((await server.get(`${path}/summaries`)).body).toEqual({ summaries: [] });
  });
});

describe("health over REST", () => {
  it("says what works", async () => {
    await using server = await openRestServer();
    const health = await server.get("/api/health");
    expect(health.status).toBe(200);
    expectDocumented(routeOf("GET", "/api/health"), health.body);
    expect(health.body).toEqual({
      status: "ok",
      version: "test",
      database: "ok",
      redis: "off",
      uptime_s: expect.any(Number),
    });
  });

  it("is 503 without the database, and 200 without a Redis that only carries news", async () => {
    const down = () => Promise.reject(new Error("gone"));
    const { environment } = createTestEnvironment();
    const facts = { version: "test", engine: "sqlite" as const, features: {}, startedAtMs: 0, environment };
    const system = (checks: SystemDeps["checks"]) => createSystemService({ ...facts, checks });
    await using noDatabase = await openRestServer({ system: system({ database: down, redis: () => null }) });
    const dead = await noDatabase.get("/api/health");
    expect([dead.status, dead.body]).toEqual([503, expect.objectContaining({ status: "degraded", database: "down" })]);
    await using noRedis = await openRestServer({ system: system({ database: async () => {}, redis: down }) });
    const slow = await noRedis.get("/api/health");
    expect([slow.status, slow.body]).toEqual([200, expect.objectContaining({ status: "degraded", redis: "down" })]);
  });
});

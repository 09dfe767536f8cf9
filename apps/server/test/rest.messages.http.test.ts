import { createMessageStore } from "@chatee/db/messages.store";
import { describe, expect, it } from "vitest";
import { expectDocumented, expectError, openRestServer, routeOf, textIn } from "./rest-server.ts";
import type { RestServer } from "./rest-server.ts";

const inSession = "/api/sessions/:session_id/messages";
const messagePath = "/api/messages/:message_id";
type Page = { messages: { message_id: string; content: string; role: string }[]; next_before: string | null };

async function openSession(server: RestServer) {
  const { sessionId } = await server.services.sessions.create(server.ownerId, { sessionType: "memory" });
  return { sessionId, path: `/api/sessions/${sessionId}/messages` };
}
async function say(server: RestServer, path: string, ...contents: string[]): Promise<void> {
  for (const content of contents) {
    expect((await server.post(path, { role: "user", content })).status).toBe(201);
  }
}
const contentsOf = ({ body }: { body: unknown }) => (body as Page).messages.map((message) => message.content);

describe("messages over REST", () => {
  it("are saved as given, with what earlier clients say about a tool beside them", async () => {
    await using server = await openRestServer();
    const { sessionId, path } = await openSession(server);
    const input = {
      message_id: "msg-1712345678901",
      role: "tool",
      content: "It rains.",
      thinking: "Look outside.",
      tool_calls: { toolName: "weather", some_args: { cityName: "Oslo" } },
      ext: { ownKey: { created_at: "today" } },
      mcpdetail: { component_type: "mcp", serverName: "w" },
      token_count: 3,
      acc_token: 40,
      model: "gpt-x",
      toolType: "workflow",
      workflowId: "wf-1",
      workflowName: "Weather",
      workflowStatus: "done",
      unheardOf: 1,
    };
    const saved = await server.post(path, input);
    expect(saved.status).toBe(201);
    expectDocumented(routeOf("POST", inSession), saved.body);
    expect(saved.body).toMatchObject({
      message_id: "msg-1712345678901",
      session_id: sessionId,
      role: "tool",
      content: "It rains.",
      thinking: "Look outside.",
      tool_calls: input.tool_calls,
      mcpdetail: input.mcpdetail,
      token_count: 3,
      acc_token: 40,
      model: "gpt-x",
      ext: { ...input.ext, toolType: "workflow", workflowId: "wf-1", workflowName: "Weather", workflowStatus: "done" },
      tool_type: "workflow",
      workflow_id: "wf-1",
      workflow_name: "Weather",
      workflow_status: "done",
    });
    const read = await server.get("/api/messages/msg-1712345678901");
    expect([read.status, read.body]).toEqual([200, saved.body]);
    expectDocumented(routeOf("GET", messagePath), read.body);
    expect(server.model.requestCount()).toBe(0);
  });

  it("sent again under the same id are the stored one, and another session's id is a conflict", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const { path: other } = await openSession(server);
    const first = await server.post(path, { message_id: "m:1", role: "user", content: "once" });
    const again = await server.post(path, { message_id: "m:1", role: "user", content: "twice?" });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(await server.get(path)).toMatchObject({ body: { total: 1 } });
    expectError(await server.post(other, { message_id: "m:1", role: "user", content: "mine" }), 409);
  });

  it("without tokens or text given are counted and empty; what is missing is null", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const saved = await server.post(path, { role: "assistant", content: null });
    expect(saved.body).toMatchObject({ content: "", thinking: null, tool_calls: null, ext: null, mcpdetail: null });
    expect(saved.body).toMatchObject({ token_count: 0, sibling_ids: null, tool_type: null, workflow_id: null });
  });

  it("page by cursor from the newest, oldest first inside a page", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    await say(server, path, "1", "2", "3", "4", "5");
    const newest = await server.get(`${path}?limit=2`);
    expectDocumented(routeOf("GET", inSession), newest.body);
    expect(contentsOf(newest)).toEqual(["4", "5"]);
    expect(newest.body).toMatchObject({ has_more: true, total: 5 });
    const older = await server.get(`${path}?limit=4&before=${(newest.body as Page).next_before}`);
    expect(contentsOf(older)).toEqual(["1", "2", "3"]);
    expect(older.body).toMatchObject({ has_more: false, next_before: null, total: 5 });
    expect(contentsOf(await server.get(path))).toEqual(["1", "2", "3", "4", "5"]);
    expectError(await server.get(`${path}?before=nonsense`), 400);
  });

  it("page by number, page 1 being the newest, oldest first inside a page", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    await say(server, path, "1", "2", "3", "4", "5");
    const first = await server.get(`${path}?page=1&page_size=2`);
    expectDocumented(routeOf("GET", inSession), first.body);
    expect(contentsOf(first)).toEqual(["4", "5"]);
    expect(first.body).toMatchObject({ total: 5, page: 1, page_size: 2, total_pages: 3 });
    expect(contentsOf(await server.get(`${path}?page=3&page_size=2`))).toEqual(["1"]);
    expect(contentsOf(await server.get(`${path}?page=400000&page_size=2`))).toEqual([]);
    expect((await server.get(`${path}?page_size=3`)).body).toMatchObject({ page: 1, page_size: 3 });
  });

  it("without their large fields when asked to be light", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const large = { thinking: "t", tool_calls: [1], ext: { a: 1 }, mcpdetail: { b: 1 } };
    const saved = await server.post(path, { role: "assistant", content: "short", ...large, workflowName: "W" });
    for (const query of ["lightweight=true", "lightweight=true&page=1"]) {
      const light = await server.get(`${path}?${query}`);
      expectDocumented(routeOf("GET", inSession), light.body);
      expect(light.body).toMatchObject({
        messages: [
          { content: "short", thinking: null, tool_calls: null, ext: null, mcpdetail: null, workflow_name: "W" },
        ],
      });
    }
    expect((await server.get(`${path}?lightweight=false`)).body).toMatchObject({ messages: [saved.body] });
  });

  it("change in place; fields of earlier clients join what ext holds", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const saved = await server.post(path, {
      role: "tool",
      content: "running",
      ext: { a: 1 },
      workflowStatus: "running",
    });
    const one = `/api/messages/${textIn(saved, "message_id")}`;
    const changed = await server.put(one, { content: "finished", workflowStatus: "done", acc_token: 9 });
    expect(changed.status).toBe(200);
    expectDocumented(routeOf("PUT", messagePath), changed.body);
    expect(changed.body).toMatchObject({ content: "finished", ext: { a: 1, workflowStatus: "done" }, acc_token: 9 });
    expect((await server.put(one, { ext: { b: 2 } })).body).toMatchObject({ ext: { b: 2 }, content: "finished" });
    expect((await server.get(one)).body).toMatchObject({ content: "finished", workflow_status: null });
  });

  it("are removed through their own session only, or by themselves", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const { path: other } = await openSession(server);
    const ids = [];
    for (const content of ["1", "2"])
      ids.push(textIn(await server.post(path, { role: "user", content }), "message_id"));
    expectError(await server.delete(`${other}/${ids[0]}`), 404);
    expect((await server.delete(`${path}/${ids[0]}`)).body).toEqual({ success: true });
    expect((await server.delete(`/api/messages/${ids[1]}`)).body).toEqual({ success: true });
    expectError(await server.delete(`/api/messages/${ids[1]}`), 404);
    expect((await server.get(path)).body).toMatchObject({ messages: [], total: 0 });
  });
});

describe("executions over REST", () => {
  it("need a component: 404 before the first, 422 without one", async () => {
    await using server = await openRestServer();
    const { path } = await openSession(server);
    const saved = await server.post(path, { role: "user", content: "plain" });
    const one = `/api/messages/${textIn(saved, "message_id")}`;
    expectError(await server.get(`${one}/execution`), 404);
    expectError(await server.post(`${one}/execute`, { input: { city: "Oslo" } }), 422);
    expectError(await server.request("POST", `${one}/execute`), 422);
    expectError(await server.post("/api/messages/nobody/execute", {}), 404);
  });

  it("that happened are shown by message and by session, with the user's JSON untouched", async () => {
    await using server = await openRestServer();
    const { sessionId, path } = await openSession(server);
    const messageId = textIn(await server.post(path, { role: "tool", content: "run me" }), "message_id");
    const own = { camelKey: { created_at: 1 } };
    const row = {
      ownerId: server.ownerId,
      messageId,
      sessionId,
      componentType: "mcp",
      componentId: "server-1",
      componentName: null,
      llmConfigId: null,
      input: own,
      result: "done",
      rawResult: own,
      logs: [own],
      status: "completed",
      errorMessage: null,
      updatedAtMs: 1_700_000_000_000,
    };
    const store = createMessageStore(server.db);
    await server.db.write(
      store.insertExecution({ ...row, executionId: "e1", createdAtMs: 1_700_000_000_000 }),
      store.insertExecution({ ...row, executionId: "e2", createdAtMs: 1_700_000_000_001 }),
    );
    const latest = await server.get(`/api/messages/${messageId}/execution`);
    expectDocumented(routeOf("GET", `${messagePath}/execution`), latest.body);
    expect(latest.body).toMatchObject({
      execution_id: "e2",
      input: own,
      raw_result: own,
      logs: [own],
      component_name: null,
    });
    const all = await server.get(`/api/sessions/${sessionId}/executions`);
    expectDocumented(routeOf("GET", "/api/sessions/:session_id/executions"), all.body);
    expect(all.body).toMatchObject([{ execution_id: "e2" }, { execution_id: "e1" }]);
  });
});

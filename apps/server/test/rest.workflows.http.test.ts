import { expect, it } from "vitest";
import { expectDocumented, expectError, openRestServer, routeOf, textIn } from "./rest-server.ts";

const workflowPath = "/api/workflows/:workflow_id";

it("workflows are kept over REST as the editor drew them, under either name of their id", async () => {
  await using server = await openRestServer();
  const config = {
    nodes: [{ id: "n1", nodeType: "llm", data: { snake_key: 1, camelKey: 2 } }],
    connections: [],
    zoomLevel: 2,
  };
  const created = await server.post("/api/workflows", { name: "Weather", config });
  expect(created.status).toBe(201);
  expectDocumented(routeOf("POST", "/api/workflows"), created.body);
  const id = textIn(created, "workflow_id");
  expect(created.body).toMatchObject({ id, config, description: null });
  const path = `/api/workflows/${id}`;
  const read = await server.get(path);
  expectDocumented(routeOf("GET", workflowPath), read.body);
  expect(read.body).toEqual(created.body);
  const changed = await server.put(path, { description: "Asks", id: "ignored" });
  expectDocumented(routeOf("PUT", workflowPath), changed.body);
  expect(changed.body).toMatchObject({ id, workflow_id: id, description: "Asks", name: "Weather", config });
  const list = await server.get("/api/workflows");
  expectDocumented(routeOf("GET", "/api/workflows"), list.body);
  expect(list.body).toEqual({ workflows: [changed.body], total: 1 });
  expect((await server.delete(path)).body).toEqual({ success: true });
  expectError(await server.get(path), 404);
});

it("a workflow that cannot run says so, and an unknown one is unknown", async () => {
  await using server = await openRestServer();
  const id = textIn(await server.post("/api/workflows", { name: "Empty" }), "workflow_id");
  expectError(await server.post(`/api/workflows/${id}/execute`, { input: "x" }), 422);
  expectError(await server.post("/api/workflows/nobody/execute", {}), 404);
});

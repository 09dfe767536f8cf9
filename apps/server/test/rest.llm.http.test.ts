import { DomainError } from "@chatee/shared/failure";
import { describe, expect, it } from "vitest";
import { expectDocumented, expectError, openRestServer, routeOf, textIn } from "./rest-server.ts";
import type { RestServer } from "./rest-server.ts";

const wrongKey = new DomainError({ code: "llm.wrong_key", provider: "openai" });
const configPath = "/api/llm/configs/:config_id";

async function addConfig(server: RestServer, more: object = {}) {
  const input = { name: "House model", provider: "openai", model: "gpt-x", api_key: "sk-secret", ...more };
  const created = await server.post("/api/llm/configs", input);
  return { created, path: `/api/llm/configs/${textIn(created, "config_id")}` };
}

describe("model configurations over REST", () => {
  it("are created with 201, never show their key, and keep the user's metadata as it is", async () => {
    await using server = await openRestServer();
    const metadata = { camelCase: { snake_case: 1 }, createdAtMs: 5, created_at: "whenever" };
    const { created, path } = await addConfig(server, { metadata, max_tokens: 100, tags: ["a"], unheard_of: true });
    expect(created.status).toBe(201);
    expectDocumented(routeOf("POST", "/api/llm/configs"), created.body);
    expect(created.body).toMatchObject({ has_api_key: true, max_tokens: 100, metadata, api_url: null, enabled: true });

    const read = await server.get(path);
    expect(read.status).toBe(200);
    expectDocumented(routeOf("GET", configPath), read.body);
    expect({ ...(read.body as object), message: textIn(created, "message") }).toEqual(created.body);

    const list = await server.get("/api/llm/configs");
    expectDocumented(routeOf("GET", "/api/llm/configs"), list.body);
    expect(list.body).toMatchObject({
      total: 2,
      configs: [{ config_id: textIn(created, "config_id") }, { config_id: "demo" }],
    });
    expect(JSON.stringify([created.body, read.body, list.body])).not.toContain("sk-secret");
    expect(list.headers.get("cache-control")).toBe("no-store");
  });

  it("keep the stored key when a change leaves it out or empty, and lose it by null", async () => {
    await using server = await openRestServer();
    const { path } = await addConfig(server);
    const renamed = await server.put(path, { name: "Renamed", api_key: "" });
    expect(renamed.status).toBe(200);
    expectDocumented(routeOf("PUT", configPath), renamed.body);
    expect(renamed.body).toMatchObject({ name: "Renamed", model: "gpt-x", has_api_key: true });
    for (const alias of ["key", "api-key"]) {
      const shown = await server.get(`${path}/${alias}`);
      expect([shown.status, shown.body]).toEqual([200, { api_key: "sk-secret" }]);
      expect(shown.headers.get("cache-control")).toBe("no-store");
    }
    expect((await server.put(path, { api_key: null })).body).toMatchObject({ has_api_key: false });
    expect((await server.get(`${path}/key`)).body).toEqual({ api_key: null });
  });

  it("may be moved with a key, or by an earlier client that sends all fields back; the stored key never goes along", async () => {
    await using server = await openRestServer();
    const { created, path } = await addConfig(server, { api_url: "https://a.example/v1" });
    const { message: _message, ...shown } = created.body as Record<string, unknown>;
    expect((await server.put(path, { ...shown, name: "All of it" })).body).toMatchObject({ has_api_key: true });
    const refused = await server.put(path, { ...shown, api_url: "https://b.example/v1" });
    expectError(refused, 422);
    expect(JSON.stringify(refused.body)).toContain("a.example");
    expect((await server.get(path)).body).toMatchObject({ name: "All of it", api_url: "https://a.example/v1" });
    const moved = await server.put(path, { api_url: "https://b.example/v1", api_key: "sk-b" });
    expect([moved.status, (await server.get(`${path}/key`)).body]).toEqual([200, { api_key: "sk-b" }]);
  });

  it("are removed also when an earlier client announces JSON and sends none", async () => {
    await using server = await openRestServer();
    const { path } = await addConfig(server);
    const removed = await server.request("DELETE", path, { headers: { "content-type": "application/json" } });
    expect([removed.status, removed.body]).toEqual([200, { success: true, message: expect.any(String) }]);
    expectError(await server.get(path), 404);
    expectError(await server.delete(path), 404);
  });

  it("are tested with an empty JSON body, and a model that fails is an answer", async () => {
    await using server = await openRestServer();
    const { path } = await addConfig(server);
    const asked = server.model.next().then(({ fail }) => fail(wrongKey));
    const tested = await server.request("POST", `${path}/test`, { headers: { "content-type": "application/json" } });
    await asked;
    expect(tested.status).toBe(200);
    expectDocumented(routeOf("POST", `${configPath}/test`), tested.body);
    expect(tested.body).toMatchObject({ success: false, reply: null, error: wrongKey.message });
  });

  it("leave as a file without keys, and with keys only when asked for", async () => {
    await using server = await openRestServer();
    const { path } = await addConfig(server);
    const one = await server.get(`${path}/export`);
    expectDocumented(routeOf("GET", `${configPath}/export`), one.body);
    expect(one.body).toMatchObject({ version: "1.0", export_type: "llm_config", llm_config: { name: "House model" } });
    expect(JSON.stringify(one.body)).not.toMatch(/api_key|sk-secret/);
    const all = await server.get("/api/llm/configs/export-all?include_keys=true");
    expectDocumented(routeOf("GET", "/api/llm/configs/export-all"), all.body);
    expect(all.body).toMatchObject({ export_type: "llm_configs", llm_configs: [{ api_key: "sk-secret" }] });
  });

  it("come back from a file, keys and all; names that are taken are skipped unless the query says otherwise", async () => {
    await using source = await openRestServer();
    const { path } = await addConfig(source);
    const file = (await source.get(`${path}/export?include_keys=true`)).body;
    await using server = await openRestServer();
    const imported = await server.post("/api/llm/configs/import", file);
    expect(imported.status).toBe(200);
    expectDocumented(routeOf("POST", "/api/llm/configs/import"), imported.body);
    const [{ config_id }] = (imported.body as { imported: [{ config_id: string }] }).imported;
    expect((await server.get(`/api/llm/configs/${config_id}/key`)).body).toEqual({ api_key: "sk-secret" });
    expect((await server.post("/api/llm/configs/import", file)).body).toEqual({
      imported: [],
      skipped: ["House model"],
    });
    const again = await server.post("/api/llm/configs/import?skip_existing=false", file);
    expect(again.body).toMatchObject({ imported: [{ name: "House model" }], skipped: [] });
    expectError(await server.post("/api/llm/configs/import", { version: "1.0" }), 400);
  });

  it("name the field that is wrong, as it is called on the wire", async () => {
    await using server = await openRestServer();
    const refused = await server.post("/api/llm/configs", {
      name: "x",
      provider: "openai",
      model: "m",
      max_tokens: "many",
    });
    expectError(refused, 400);
    expect(refused.body).toMatchObject({ error: { code: "BAD_REQUEST", issues: [{ path: "max_tokens" }] } });
    expectError(await server.put("/api/llm/configs/demo", { name: "Mine" }), 403);
    const { created } = await addConfig(server);
    const taken = { name: "Other", provider: "openai", model: "m", config_id: textIn(created, "config_id") };
    expectError(await server.post("/api/llm/configs", taken), 409);
  });
});

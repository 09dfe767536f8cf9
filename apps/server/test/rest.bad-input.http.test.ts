import { DomainError } from "@chatee/shared/failure";
import type { ModelProvider } from "@chatee/api/llm/provider";
import { finish } from "@chatee/api/testing/scripted-provider";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RestRoute } from "../src/rest/route.ts";
import { restRoutes } from "../src/rest/routes.ts";
import { toWireName } from "../src/rest/wire.ts";
import { expectError, openRestServer, textIn } from "./rest-server.ts";
import type { RestServer } from "./rest-server.ts";

type Ids = Record<string, string>;
const json = { "content-type": "application/json" };
const clientError = /^4\d\d$/;
/** Whatever it says, it is an answer and no bug. */
const notABug = /^[24]\d\d$/;

/** One of everything, so that a route with these ids gets past "unknown". */
async function fill(server: RestServer): Promise<Ids> {
  const config = await server.post("/api/llm/configs", { name: "m", provider: "openai", model: "x" });
  const session = await server.post("/api/sessions", { session_id: "s1" });
  const message = await server.post("/api/sessions/s1/messages", { message_id: "m1", role: "user", content: "hi" });
  const workflow = await server.post("/api/workflows", { name: "w" });
  const table = await server.post("/api/roundtables", { name: "t" });
  const round_table_id = textIn(table, "round_table_id");
  await server.post(`/api/roundtables/${round_table_id}/participants`, { session_id: "s1" });
  await server.post(`/api/roundtables/${round_table_id}/messages`, { message_id: "m1", content: "hi" });
  const response = { response_id: "r1", agent_id: "s1", content: "ho" };
  await server.post(`/api/roundtables/${round_table_id}/messages/m1/responses`, response);
  return {
    config_id: textIn(config, "config_id"),
    session_id: textIn(session, "session_id"),
    message_id: textIn(message, "message_id"),
    workflow_id: textIn(workflow, "workflow_id"),
    round_table_id,
    response_id: "r1",
  };
}

function pathOf(path: string, ids: Ids): string {
  return path.replace(/:([a-z_]+)/g, (_, name: string) => ids[name] ?? `no-${name}`);
}
function paramsOf(path: string): string[] {
  return [...path.matchAll(/:([a-z_]+)/g)].map(([, name = ""]) => name);
}
function fieldsOf(schema: z.ZodType | null): string[] {
  if (schema === null) return [];
  const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return Object.keys(properties).map(toWireName);
}
const named = (routes: readonly RestRoute[]) => routes.map((one) => [`${one.method} ${one.path}`, one] as const);

const badIds = {
  unknown: "nobody",
  "a hundred and one characters": "x".repeat(101),
  "three thousand characters": "x".repeat(3_000),
  NUL: "%00",
  "half a surrogate pair": "%ED%A0%80",
  "no percent-encoding": "%zz",
  "a truncated percent-encoding": "%E4%B8",
  blanks: "a%20b",
  SQL: "1'%20OR%20'1'='1",
  "a path": "..%2F..%2Fetc%2Fpasswd",
  __proto__: "__proto__",
  "another script": encodeURIComponent("日本語"),
  emoji: "%F0%9F%98%80",
  "a bracket": "%5B%5D",
};
const deep = `${'{"ext":'.repeat(80)}1${"}".repeat(80)}`;
const badBodies: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "half an object": '{"name":',
  words: "hello",
  "two objects": "{}{}",
  NaN: '{"a":NaN}',
  "not UTF-8": new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
  "an array": "[]",
  "an array of objects": '[{"name":"x"}]',
  "a string": '"x"',
  "a number": "1",
  "eighty levels": deep,
  "an unfinished tower": "[".repeat(100_000),
  __proto__: '{"__proto__":{"name":"x"}}',
  "half a surrogate pair": String.raw`{"name":"\ud83d"}`,
  "a NUL": String.raw`{"content":"a\u0000b"}`,
};
const oddValues = [
  {},
  { a: { b: [] } },
  [],
  ["x"],
  [null],
  true,
  -1,
  1.5,
  1e308,
  9_007_199_254_740_992,
  "",
  " ",
  "x".repeat(5_000),
  "\u202e\ufeff",
  "2024-13-45T99:99:99Z",
  null,
];
const badTypes = [
  "text/plain",
  "application/xml",
  "multipart/form-data",
  "application/x-www-form-urlencoded",
  "nonsense",
  ";;",
];
const badTexts = ["%00", "nonsense", "%zz", "x".repeat(5_000), "%ED%A0%80"];
const badNumbers = [
  "-1",
  "0",
  "1.5",
  "1e3",
  "abc",
  "NaN",
  "Infinity",
  "99999999999999999999",
  "%00",
  "%ff",
  "1&KEY=2",
  "[1]",
];

/** A model that has nothing to say, at once. */
const quickModel: ModelProvider = {
  async *stream() {
    yield { type: "content", text: "ok" };
    yield finish;
  },
  models: async () => [],
};
const openServer = () => openRestServer({ openProvider: async () => quickModel });

const nowhere = [
  "/api",
  "/api/",
  "/api/nothing",
  "/api/agents",
  "/api/nothing/here",
  "/api/skill-packs",
  "/api/crawler/x",
  "/api/user-access/list",
  "/api/research/sources",
  "/api/crawler/modules",
  "/api/notion/pages",
  "/api/sessions/s1/skill-packs",
  "/api/sessions/s1/messages/m1/more",
  "/api/llm/configs/x/key/",
  "/api/SESSIONS",
  "/api/docs/../../package.json",
  "/api/docs/package.json",
];

describe("bad input to every route is answered with a clear 4xx", { timeout: 120_000 }, () => {
  it("in place of an id", async () => {
    await using server = await openServer();
    const ids = await fill(server);
    for (const route of restRoutes) {
      const init = route.body ? { headers: json, body: "{}" } : {};
      for (const param of paramsOf(route.path)) {
        for (const [kind, id] of Object.entries(badIds)) {
          const answer = await server.request(route.method, pathOf(route.path, { ...ids, [param]: id }), init);
          expectError(answer, clientError, `${route.method} ${route.path} with ${kind} as ${param}`);
        }
      }
    }
  });

  it("in place of a body", async () => {
    await using server = await openServer();
    const ids = await fill(server);
    for (const route of restRoutes.filter(({ body }) => body !== null)) {
      const path = pathOf(route.path, ids);
      const name = `${route.method} ${route.path}`;
      for (const [kind, body] of Object.entries(badBodies)) {
        expectError(await server.request(route.method, path, { headers: json, body }), 400, `${name} with ${kind}`);
      }
      for (const type of badTypes) {
        const headers = { "content-type": type };
        expectError(await server.request(route.method, path, { headers, body: "{}" }), 415, `${name} as ${type}`);
      }
      const untyped = new Uint8Array([0x7b, 0x7d]);
      expectError(await server.request(route.method, path, { body: untyped }), 415, `${name} as nothing`);
      const large = new Uint8Array(route.bodyBytes + 1);
      const answer = await server.request(route.method, path, { headers: json, body: large });
      expectError(answer, 413, `${name} with too much`);
      expect(answer.body).toMatchObject({ max_bytes: route.bodyBytes });
    }
  });

  it.each(named(restRoutes.filter(({ body }) => fieldsOf(body).length > 0)))(
    "in place of a field of %s, or it is taken",
    async (_name, route) => {
      await using server = await openServer();
      const path = pathOf(route.path, await fill(server));
      for (const field of fieldsOf(route.body)) {
        for (const value of oddValues) {
          const body = JSON.stringify({ [field]: value });
          const answer = await server.request(route.method, path, { headers: json, body });
          expect([field, value, String(answer.status)]).toEqual([field, value, expect.stringMatching(notABug)]);
          if (answer.status >= 400) expectError(answer, clientError);
        }
      }
    },
  );

  it("in a query", async () => {
    await using server = await openServer();
    const ids = await fill(server);
    for (const route of restRoutes) {
      for (const key of Object.keys(route.query.shape).map(toWireName)) {
        const isNumber = ["limit", "page", "page_size"].includes(key);
        const values = isNumber ? badNumbers : [...badTexts, `1&${key}=2`];
        for (const value of values) {
          const query = `${key}=${value.replace("KEY", key)}`;
          const init = route.body ? { headers: json, body: '{"llm_configs":[]}' } : {};
          const answer = await server.request(route.method, `${pathOf(route.path, ids)}?${query}`, init);
          const name = `${route.method} ${route.path}?${query}`;
          if (isNumber || answer.status >= 400) expectError(answer, clientError, name);
          else expect([name, answer.status]).toEqual([name, 200]);
        }
      }
    }
  });

  it("by another method", async () => {
    await using server = await openServer();
    for (const route of restRoutes) {
      const path = pathOf(route.path, {});
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
        if (restRoutes.some((one) => one.method === method && pathOf(one.path, {}) === path)) continue;
        const answer = await server.request(method, path);
        // `export-all` is an id to the routes of one configuration.
        expectError(answer, /^40[45]$/, `${method} ${path}`);
        if (answer.status === 405) expect(answer.headers.get("allow")).toContain(route.method);
      }
    }
  });
});

describe("what is not there", () => {
  it("is 404 in JSON, whatever is sent", async () => {
    await using server = await openServer();
    for (const path of nowhere) {
      expectError(await server.get(path), 404, path);
      expectError(await server.request("POST", path, { headers: json, body: "{}" }), 404, path);
    }
  });
});

describe("an answer that fails on a bug", () => {
  it("is 500 with the id under which the log knows it, and nothing else", async () => {
    await using server = await openRestServer({ expectsBugs: true });
    server.services.workflows.list = () => Promise.reject(new Error("select secret from /etc/chatee"));
    const answer = await server.get("/api/workflows");
    expectError(answer, 500);
    expect(JSON.stringify(answer.body)).toContain("bug-1");
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(server.bugs).toHaveLength(1);
  });

  it("and a model that asks to slow down is 429 with Retry-After", async () => {
    await using server = await openRestServer();
    await fill(server);
    const failure = { code: "llm.rate_limited", provider: "demo", retryAfterMs: 90_000_000 } as const;
    server.services.sessions.summarize = () => Promise.reject(new DomainError(failure));
    const slow = await server.post("/api/sessions/s1/summarize", {});
    expectError(slow, 429);
    expect(slow.headers.get("retry-after")).toBe("90000");
    server.services.sessions.summarize = () => Promise.reject(new DomainError({ ...failure, retryAfterMs: null }));
    expect((await server.post("/api/sessions/s1/summarize", {})).headers.get("retry-after")).toBe("10");
  });
});

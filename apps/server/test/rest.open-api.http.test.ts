import { appRouter } from "@chatee/api/app-router";
import { expect, it } from "vitest";
import { restRoutes } from "../src/rest/routes.ts";
import { openRestServer } from "./rest-server.ts";

type Parameter = { name: string; in: string; required: boolean; schema: object };
type Operation = {
  operationId: string;
  summary: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
  security?: object[];
};
type Document = {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
};

async function openDocument() {
  const server = await openRestServer();
  const answer = await server.get("/api/openapi.json");
  expect(answer.status).toBe(200);
  return { server, document: answer.body as Document };
}
const template = (path: string) => path.replace(/:([a-z_]+)/g, "{$1}");
const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      path,
      operation,
    })),
  );
/** Every object inside of a value, the value included. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

it("the OpenAPI document describes every route of the table under every path, and no other", async () => {
  const { server, document } = await openDocument();
  await using _server = server;
  const inTable = restRoutes.flatMap(({ method, path, aliases }) =>
    [path, ...aliases].map((one) => `${method} ${template(one)}`),
  );
  expect(
    operationsOf(document)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(inTable.sort());
});

it("the OpenAPI document is well-formed 3.1", async () => {
  const { server, document } = await openDocument();
  await using _server = server;
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "chatee", version: "1.2.3" } });
  const ids = operationsOf(document).map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { name, path, operation } of operationsOf(document)) {
    const inPath = operation.parameters.filter((one) => one.in === "path");
    const wanted = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, param = ""]) => param);
    expect([name, inPath.map((one) => one.name).sort()]).toEqual([name, wanted.sort()]);
    expect(inPath.every((one) => one.required)).toBe(true);
    expect(operation.summary).not.toBe("");
    const [success] = Object.keys(operation.responses);
    expect([name, success]).toEqual([name, expect.stringMatching(/^20[01]$/)]);
    for (const response of Object.values(operation.responses)) {
      expect(response).toMatchObject({ description: expect.any(String), content: { "application/json": {} } });
    }
  }
  const names = new Set(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`));
  for (const { $ref, $defs, $schema } of objectsIn(document)) {
    if ($ref !== undefined) expect(names).toContain($ref);
    expect([$defs, $schema]).toEqual([undefined, undefined]);
  }
});

it("the OpenAPI document speaks the wire's language: snake_case names, ISO times, keys for nobody", async () => {
  const { server, document } = await openDocument();
  await using _server = server;
  for (const { properties, required } of objectsIn(document)) {
    const named = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
    for (const name of named) expect(name).toMatch(/^[a-z0-9_]+$/);
    if (Array.isArray(required)) expect(named).toEqual(expect.arrayContaining(required));
  }
  expect(document.components.schemas["LlmConfig"]).not.toHaveProperty("properties.api_key");
  expect(document.components.schemas["Session"]).toMatchObject({
    properties: {
      created_at: { type: "string", format: "date-time" },
      last_message_at: { type: ["string", "null"], format: "date-time" },
    },
  });
});

it("behind every route stands a procedure of the typed API", () => {
  const procedures = Object.keys(appRouter._def.procedures);
  for (const { procedures: used } of restRoutes) expect(procedures).toEqual(expect.arrayContaining(used));
});

it("the page that shows the document brings everything it needs, under a policy without exceptions", async () => {
  await using server = await openRestServer();
  const page = await server.get("/api/docs");
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(page.headers.get("content-security-policy")).not.toMatch(/unsafe|https?:|\*/);
  const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = ""]) => link);
  for (const link of links.filter((one) => !one.startsWith("data:"))) {
    const asset = await server.get(link);
    expect([link, asset.status]).toEqual([link, 200]);
  }
});

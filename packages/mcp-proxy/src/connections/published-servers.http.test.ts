import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import { describe, expect, test } from "vitest";
import { openProgram, programSpec, publishedProgram } from "../stdio/testing/rogue-connection.ts";
import { openConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { createEraStoreInMemory } from "./era-memory.ts";
import { probeServer } from "./probe-server.ts";
import { openFixtureHttp } from "./testing/fixture-http.ts";
import {
  everythingOverHttp,
  everythingOverSse,
  oauthExample,
  openPublishedServer,
} from "./testing/published-server.ts";
import { openPollingServer } from "./testing/polling-server.ts";
import { createAuthorization, fixtureOptions, until } from "./testing/test-environment.ts";

const answering = async () => ({ action: "accept" as const, content: { name: "Ada", firstLine: "Call me." } });

/** What server-everything offers, over whatever wire. */
async function expectEverything(connection: Connection) {
  expect((await connection.tools()).length).toBeGreaterThan(10);
  expect((await connection.resources()).length).toBeGreaterThan(0);
  expect((await connection.prompts()).length).toBeGreaterThan(0);
  const calls = Array.from({ length: 10 }, (_, index) =>
    connection.call({ name: "get-sum", arguments: { a: index, b: 1 } }),
  );
  const sums = (await Promise.all(calls)).map(({ content }) => JSON.stringify(content));
  sums.forEach((sum, index) => expect(sum).toContain(String(index + 1)));
  const steps: number[] = [];
  const duration = { name: "trigger-long-running-operation", arguments: { duration: 2, steps: 8 } };
  await connection.call({ ...duration, idleMs: 1_500, onProgress: ({ progress }) => steps.push(progress) });
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const image = await connection.call({ name: "get-tiny-image" });
  expect(image.content.map(({ type }) => type)).toContain("image");
  const structured = await connection.call({ name: "get-structured-content", arguments: { location: "Chicago" } });
  expect(structured.structuredContent).toMatchObject({ temperature: expect.any(Number) });
  const asked = await connection.call({ name: "trigger-elicitation-request" });
  expect(JSON.stringify(asked.content)).toContain("Ada");
  expect(await connection.ping()).toMatchObject({ reachable: true, needsAuth: false });
}

describe("server-everything", () => {
  test("over Streamable HTTP", async () => {
    await using server = await openPublishedServer(everythingOverHttp);
    const url = `${server.origin}/mcp`;
    await using connection = await openConnection(
      { type: "http-stream", url },
      fixtureOptions({ onElicitation: answering }),
    );
    expect(connection.era).toBe("legacy");
    await expectEverything(connection);
  });

  test("over the older HTTP+SSE, found by falling back and remembered", async () => {
    await using server = await openPublishedServer(everythingOverSse);
    const spec = { type: "http-stream", url: `${server.origin}/sse` } as const;
    const options = fixtureOptions({ onElicitation: answering, eras: createEraStoreInMemory() });
    await using connection = await openConnection(spec, options);
    expect(connection.era).toBe("legacy-sse");
    await expectEverything(connection);
    await using again = await openConnection(spec, options);
    expect(again.era).toBe("legacy-sse");
    expect((await again.call({ name: "echo", arguments: { message: "hi" } })).isError).toBe(false);
  });

  test("as a local program", async () => {
    const spec = programSpec(publishedProgram("everything"), "stdio");
    await using connection = await openProgram(spec, { onElicitation: answering });
    expect(connection.era).toBe("legacy");
    await expectEverything(connection);
    expect(connection.stderrTail()).not.toBe("");
  });
});

test("server-everything restarted under an open connection is introduced to again", async () => {
  const port = await freePort();
  const program = { ...everythingOverHttp, port };
  const first = await openPublishedServer(program);
  const spec = { type: "http-stream", url: `${first.origin}/mcp` } as const;
  await using connection = await openConnection(spec, fixtureOptions());
  await connection.tools();
  await first[Symbol.asyncDispose]();
  await expect(connection.call({ name: "echo", arguments: { message: "hi" } })).rejects.toMatchObject({
    failure: { code: "mcp.unreachable" },
  });
  await using second = await openPublishedServer(program);
  expect(second.origin).toBe(first.origin);
  expect((await connection.call({ name: "echo", arguments: { message: "hi" } })).isError).toBe(false);
});

test("a server that hangs up and is asked again (SSE polling, 2025-11-25) loses no answer", async () => {
  await using server = await openPollingServer();
  await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
  const steps: number[] = [];
  const result = await connection.call({ name: "poll", onProgress: ({ progress }) => steps.push(progress) });
  expect(result.content).toEqual([{ type: "text", text: "done" }]);
  expect(steps).toEqual([1, 2]);
});

test("a server that wants to use our model or see our folders is told that there is no such thing", async () => {
  await using server = await openPollingServer();
  await using connection = await openConnection({ type: "http-stream", url: server.url }, fixtureOptions());
  for (const name of ["sampling", "roots"]) {
    expect((await connection.call({ name })).content).toEqual([{ type: "text", text: "refused: -32601" }]);
  }
});

test("server-filesystem reads what it may, and says no to the rest", async () => {
  await using folder = await openTemporaryFolder("files");
  await writeFile(join(folder.path, "note.txt"), "hello");
  await using connection = await openProgram(programSpec(publishedProgram("filesystem"), folder.path));
  const read = (path: string) => connection.call({ name: "read_text_file", arguments: { path } });
  expect((await read(join(folder.path, "note.txt"))).content).toEqual([{ type: "text", text: "hello" }]);
  expect(await read("/etc/passwd")).toMatchObject({ isError: true });
});

test("server-memory keeps what it is told for as long as its connection lives", async () => {
  await using folder = await openTemporaryFolder("memory");
  const spec = { ...programSpec(publishedProgram("memory")), env: { MEMORY_FILE_PATH: join(folder.path, "m.jsonl") } };
  const ada = { name: "Ada", entityType: "person", observations: ["wrote the first program"] };
  for (const name of ["create_entities", "read_graph"]) {
    await using connection = await openProgram(spec);
    const result = await connection.call({ name, arguments: name === "read_graph" ? {} : { entities: [ada] } });
    expect(JSON.stringify(result.content)).toContain("wrote the first program");
  }
});

test("a server that wants a sign-in is reachable and says so; that is no evidence of its era", async () => {
  await using server = await openPublishedServer(oauthExample);
  const spec = { type: "http-stream", url: `${server.origin}/mcp` } as const;
  const facts = await probeServer(spec, fixtureOptions());
  expect(facts).toMatchObject({ reachable: true, needsAuth: true, failure: { code: "mcp.needs_auth" } });
  expect(facts.era).toBeUndefined();
  expect(facts.failure).toMatchObject({ wwwAuthenticate: expect.stringContaining("resource_metadata") });
});

test("a look at a server tells the facts apart and leaves nothing open", async () => {
  await using server = await openFixtureHttp("both");
  const spec = { type: "http-stream", url: server.url } as const;
  expect(await probeServer(spec, fixtureOptions())).toMatchObject({
    reachable: true,
    needsAuth: false,
    era: "modern",
    serverInfo: { name: "chatee-fixture" },
    latencyMs: expect.any(Number),
  });
  expect(server.seen.some(({ method }) => method === "GET")).toBe(false);
  server.intercept = (_, res) => (res.writeHead(405).end(), true);
  expect(await probeServer(spec, fixtureOptions())).toMatchObject({ reachable: true, failure: { status: 405 } });
  const authorization = { ...createAuthorization(), headers: () => new Promise<never>(() => {}) };
  const limits = { connectMs: 200 };
  expect(await probeServer(spec, fixtureOptions({ authorization, limits }))).toMatchObject({
    reachable: false,
    failure: { code: "mcp.timed_out" },
  });
});

test("a server whose SSE stream broke is introduced to again", async () => {
  await using server = await openPublishedServer(everythingOverSse);
  const spec = { type: "http-stream", url: `${server.origin}/sse` } as const;
  const broken: AbortController[] = [];
  /** Cuts every open stream, as a proxy in between would. */
  const cut = () => broken.splice(0).forEach((one) => one.abort());
  const fetchThatBreaks: typeof fetch = (input, init) => {
    const one = new AbortController();
    if ((init?.method ?? "GET") === "GET") broken.push(one);
    const signal = init?.signal ? AbortSignal.any([init.signal, one.signal]) : one.signal;
    return fetch(input, { ...init, signal });
  };
  await using connection = await openConnection(spec, fixtureOptions({ fetch: fetchThatBreaks }));
  await connection.tools();
  cut();
  await until(async () => (await connection.tools({ refresh: true }).catch(() => [])).length > 10, "it works again");
});

import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { DomainError } from "@chatee/shared/failure";
import { expect, it } from "vitest";
import { openOutboundDialer } from "./outbound-dialer.ts";
import { createOutboundFetch } from "./outbound-fetch.ts";

async function openServer(answer: RequestListener) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const names: Record<string, string[]> = {
  "nas.lan": ["127.0.0.1"],
  "models.example": ["127.0.0.1"],
  "clouded.lan": ["169.254.169.254"],
};

function openFetch() {
  const lookup = async (hostname: string) => names[hostname] ?? [];
  const opened = openOutboundDialer({ allowAddresses: [], headersTimeoutMs: 0, lookup });
  return { fetch: createOutboundFetch(opened.dialer), [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

const post = { method: "POST", body: "{}", headers: { authorization: "Bearer key" } };
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => "nothing",
    (error: unknown) => (error instanceof DomainError ? error.failure : error),
  );

it("reaches a model server on this machine or in the own network, when its address says so", async () => {
  await using server = await openServer((_request, response) => response.end("pong"));
  await using outbound = openFetch();
  for (const host of ["127.0.0.1", "localhost", "nas.lan"]) {
    const response = await outbound.fetch(`http://${host}:${server.port}/api/chat`, post);
    expect([host, await response.text()]).toEqual([host, "pong"]);
  }
});

it("reaches nothing that hands out credentials, nor a private address behind a public name", async () => {
  await using inside = await openServer((_request, response) => response.end("secret"));
  await using outbound = openFetch();
  for (const host of [
    "169.254.169.254",
    "2852039166",
    "[::ffff:a9fe:a9fe]",
    "metadata.google.internal",
    "clouded.lan",
    "models.example",
    "0.0.0.0",
    "user:key@127.0.0.1",
  ]) {
    const url = `http://${host}:${inside.port}/v1`;
    expect(await failureOf(outbound.fetch(url, post)), host).toEqual({
      code: "llm.address_refused",
      host: new URL(url).host,
      reason: "closed",
    });
  }
  expect(inside.seen).toEqual([]);
});

it("sends a key and a prompt on to no other origin, and follows within its own", async () => {
  await using inside = await openServer((_request, response) => response.end("secret"));
  let location = "";
  await using server = await openServer((request, response) => {
    if (request.url === "/moved") response.end("pong");
    else response.writeHead(307, { location }).end();
  });
  await using outbound = openFetch();
  const url = `http://127.0.0.1:${server.port}/v1/chat/completions`;
  const redirected = { code: "llm.address_refused", host: `127.0.0.1:${server.port}`, reason: "redirected" };
  for (location of [`http://127.0.0.1:${inside.port}/`, "http://169.254.169.254/latest", "https://public.example/"])
    expect(await failureOf(outbound.fetch(url, post)), location).toEqual(redirected);
  expect(inside.seen).toEqual([]);
  location = "/moved";
  expect(await (await outbound.fetch(url, post)).text()).toBe("pong");
  expect(server.seen.at(-1)).toBe("POST /moved");
});

it("waits for a body as long as it is read, and lets go of it when nobody does any more", async () => {
  let left = false;
  await using server = await openServer((_request, response) => {
    response.write("one");
    response.on("close", () => (left = true));
  });
  await using outbound = openFetch();
  const leaving = new AbortController();
  const response = await outbound.fetch(`http://127.0.0.1:${server.port}/`, { ...post, signal: leaving.signal });
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("one");
  leaving.abort(new Error("enough"));
  await expect(reader?.read()).rejects.toThrow("enough");
  await expect.poll(() => left).toBe(true);
});

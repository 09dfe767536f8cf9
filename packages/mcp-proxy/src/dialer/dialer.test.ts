import { readFileSync } from "node:fs";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { freePort } from "@chatee/tooling/private-process";
import { expect, test } from "vitest";
import { openHttpServer } from "../testing/http-server.ts";
import { DialError } from "./dial-error.ts";
import { createDialer } from "./dialer.ts";
import type { DialerOptions, Way } from "./dialer.ts";

const open = (options: Partial<DialerOptions> = {}) => createDialer({ allowAddresses: [], ...options });

/** What a request ended in: the body's text, or the code and reason it was refused with. */
async function ask(way: Way, url: string, init?: RequestInit): Promise<string> {
  try {
    return await (await way.fetch(url, init)).text();
  } catch (error) {
    if (!(error instanceof DialError)) throw error;
    return error.reason === null ? error.code : `${error.code}: ${error.reason}`;
  }
}

test("no private address is connected to for a stranger's URL, however it is spelled", async () => {
  await using server = await openHttpServer((_request, response) => response.end("inside"));
  await using dialer = open({ connectTimeoutMs: 300 });
  const file = new URL("../../address-vectors.json", import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: { url?: string; verdict: string }[] };
  for (const { url, verdict } of vectors) {
    if (url === undefined || (verdict !== "private" && verdict !== "forbidden")) continue;
    const here = url.replace(/^(https?:\/\/[^/]*?)(:\d+)?(?=\/|$)/, `$1:${server.port}`);
    expect(await ask(dialer, here), here).toMatch(/^address_refused: /);
  }
  expect(server.connections()).toBe(0);
});

test("each answer of a lookup is judged, and the connection goes to a judged one", async () => {
  await using server = await openHttpServer((request, response) => response.end(request.headers.host));
  const answers: Record<string, string[][]> = {
    "rebinds.example": [["93.184.215.14"], ["127.0.0.1"]],
    "mixed.example": [["93.184.215.14", "10.0.0.1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "zoned.example": [["fe80::1%lo"]],
    "odd.example": [["2130706433"]],
    "empty.example": [[]],
    "nonsense.example": [["not an address"]],
  };
  const lookup = async (name: string) => {
    const next = answers[name]?.shift();
    if (!next) throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    return next;
  };
  await using dialer = open({ lookup });
  const port = `:${server.port}/`;
  // What `check` saw was fine; the connection asks once more, and judges that answer.
  await dialer.check(`http://rebinds.example${port}`);
  expect(await ask(dialer, `http://rebinds.example${port}`)).toBe("address_refused: loopback");
  expect(await ask(dialer, `http://mixed.example${port}`)).toBe("address_refused: private-network");
  expect(await ask(dialer, `http://mapped.example${port}`)).toBe("address_refused: loopback");
  expect(await ask(dialer, `http://zoned.example${port}`)).toBe("address_refused: link-local");
  expect(await ask(dialer, `http://odd.example${port}`)).toBe("address_refused: loopback");
  expect(await ask(dialer, `http://empty.example${port}`)).toBe("name_not_found");
  expect(await ask(dialer, `http://nonsense.example${port}`)).toBe("address_refused: no-address");
  expect(await ask(dialer, `http://unknown.example${port}`)).toBe("name_not_found");
  expect(server.connections()).toBe(0);

  let lookups = 0;
  await using allowed = open({
    allowAddresses: ["127.0.0.0/8"],
    lookup: async () => (lookups++ === 0 ? ["127.0.0.1"] : ["10.9.9.9"]),
  });
  expect(await ask(allowed, `http://listed.example${port}`)).toBe(`listed.example:${server.port}`);
  expect(lookups).toBe(1);
});

test("a registered server may be private at its own origin only, and opens nothing for others", async () => {
  await using server = await openHttpServer((_request, response) => response.end("mine"));
  await using other = await openHttpServer((_request, response) => response.end("not mine"));
  await using dialer = open({ lookup: async () => ["127.0.0.1"] });

  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "mcp.lan", "printer"]) {
    const url = `http://${host}:${server.port}/mcp`;
    const target = dialer.forTarget(url);
    expect(await ask(target, url), host).toBe("mine");
    expect(await ask(target, `http://${host}:${server.port}/other/path`), host).toBe("mine");
    expect(await ask(target, `http://127.0.0.1:${other.port}/`), host).toBe("address_refused: loopback");
    // The connection is open and idle: it serves nobody else.
    expect(await ask(dialer, url), host).toMatch(/^address_refused: loopback$/);
  }
  // Whoever holds a public name decides where it points.
  const named = dialer.forTarget(`http://mcp.example.com:${server.port}/mcp`);
  expect(await ask(named, named.url.href)).toBe("address_refused: loopback");
  for (const url of ["http://169.254.169.254/", "http://0.0.0.0/", "http://[fe80::1]/", "http://metadata/"]) {
    expect(() => dialer.forTarget(url), url).toThrow(DialError);
  }
  expect(other.connections()).toBe(0);
});

test("the allow-list opens what it names, metadata only one by one", async () => {
  await using wide = open({ allowAddresses: ["0.0.0.0/0", "::/0", "fd00::/8"] });
  for (const url of ["http://10.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://198.18.0.1/", "http://[fe80::1]/"])
    expect(wide.parse(url).href).toBe(new URL(url).href);
  for (const url of ["http://169.254.169.254/", "http://[::ffff:a9fe:a9fe]/", "http://[fd00:ec2::254]/"])
    expect(() => wide.parse(url), url).toThrow("not public");
  await using exact = open({ allowAddresses: ["169.254.169.254", "10.1.0.0/16"] });
  expect(exact.parse("http://169.254.169.254/").hostname).toBe("169.254.169.254");
  expect(exact.parse("http://10.1.255.255/").hostname).toBe("10.1.255.255");
  expect(() => exact.parse("http://10.2.0.0/")).toThrow("not public");
  for (const text of ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "example.com", "::/129", ""])
    expect(() => open({ allowAddresses: [text] }), text).toThrow(TypeError);
});

test("no redirect leads to another origin, and no header arrives there", async () => {
  await using elsewhere = await openHttpServer((_request, response) => response.end("elsewhere"));
  await using server = await openHttpServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://here");
    if (pathname !== "/go") return response.end(`${request.method} ${pathname}`);
    const status = Number(searchParams.get("status") ?? 302);
    return response.writeHead(status, { location: searchParams.get("to") ?? "" }).end("SECRET");
  });
  await using dialer = open({ allowAddresses: ["127.0.0.1/32"] });
  const go = (to: string, status = 302) => `${server.url}/go?status=${status}&to=${encodeURIComponent(to)}`;
  const init = { headers: { authorization: "Bearer x" } };

  for (const to of [elsewhere.url, `//127.0.0.1:${elsewhere.port}/`, "http://169.254.169.254/", "https://mcp.example/"])
    for (const redirect of ["follow", "error", undefined] as const)
      expect(await ask(dialer, go(to), { ...init, redirect })).toBe("redirected");
  expect(await ask(dialer, go("/there"), init)).toBe("redirected");
  expect(await ask(dialer, go("/there"), { ...init, redirect: "follow" })).toBe("GET /there");
  expect(await ask(dialer, go("/there", 307), { method: "POST", body: "x", redirect: "follow" })).toBe("POST /there");
  expect(await ask(dialer, go("/there", 303), { method: "POST", body: "x", redirect: "follow" })).toBe("GET /there");
  expect(await ask(dialer, go(go("/a")), { redirect: "follow" })).toBe("GET /a");
  expect(await ask(dialer, `${server.url}/go`, { redirect: "follow" })).toBe("redirected");
  const manual = await dialer.fetch(go(elsewhere.url), { redirect: "manual" });
  expect(manual.status).toBe(302);
  await manual.body?.cancel();
  expect(elsewhere.connections()).toBe(0);
});

test("every failure is typed, tells nothing that the other side wrote, and ends nothing but the request", async () => {
  await using server = await openHttpServer((request) => void request.socket.end("SECRET is no HTTP\r\n\r\n"));
  await using mute = await openHttpServer(() => {});
  const closedUrl = `http://127.0.0.1:${await freePort()}/`;
  await using dialer = open({
    allowAddresses: ["127.0.0.1", "255.255.255.255"],
    connectTimeoutMs: 200,
    headersTimeoutMs: 200,
    lookup: async (name) => {
      if (name === "slow.example") await new Promise(() => {});
      return name === "broadcast.example" ? ["255.255.255.255"] : ["127.0.0.1"];
    },
  });
  expect(await ask(dialer, server.url)).toBe("bad_answer");
  expect(await ask(dialer, mute.url)).toBe("timed_out");
  expect(await ask(dialer, "http://slow.example/")).toBe("timed_out");
  expect(await ask(dialer, closedUrl)).toBe("unreachable");
  // Refused by the kernel in the same tick in which the socket is made.
  expect(await ask(dialer, "http://broadcast.example/")).toBe("unreachable");
  expect(await ask(dialer, server.url.replace("http:", "https:"))).toMatch(/^(untrusted|unreachable)$/);
  const error: unknown = await dialer.fetch(server.url).catch((reason: unknown) => reason);
  expect(String(error)).not.toContain("SECRET");

  const abort = new AbortController();
  const asked = dialer.fetch(mute.url, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
});

test("a body is never cut, however long it is quiet", async () => {
  let write = (_text: string) => {};
  await using server = await openHttpServer((_request, response) => {
    response.writeHead(200).write("first");
    write = (text) => response.end(text);
  });
  await using dialer = open({ allowAddresses: ["127.0.0.1"], headersTimeoutMs: 100 });
  const response = await dialer.fetch(server.url);
  // Twice the limit for headers, and past the resolution of undici's timers.
  await once(AbortSignal.timeout(1_200), "abort");
  write("last");
  expect(await response.text()).toBe("firstlast");
});

test("event streams are rewritten as they come, and nothing else is", async () => {
  const events = "data: a\n\ndata: é\n\n";
  await using server = await openHttpServer((request, response) => {
    if (request.url === "/json") return response.writeHead(200, { "content-type": "application/json" }).end(events);
    response.setHeader("content-type", "text/event-stream; charset=utf-8");
    if (request.url === "/packed") return response.setHeader("content-encoding", "gzip").end(gzipSync(events));
    for (const byte of Buffer.from(events)) response.write(Buffer.of(byte));
    return response.end();
  });
  const allowAddresses = ["127.0.0.1"];
  await using dialer = open({ allowAddresses, rewriteEvents: () => (read) => read.replaceAll("a", "A") });
  expect(await ask(dialer, `${server.url}/events`)).toBe(events.replaceAll("a", "A"));
  expect(await ask(dialer, `${server.url}/json`)).toBe(events);
  expect(await ask(dialer, `${server.url}/packed`)).toBe(events);
});

import { randomBytes } from "node:crypto";
import { createAccessStore } from "@chatee/db/access.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import { openTestDatabase } from "@chatee/db/testing/engines";
import { createMcpServer, maskedSecret } from "@chatee/shared/mcp";
import { expect, test } from "vitest";
import { createAesSecrets } from "../secrets-aes.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createAbsentHost } from "./absent-host.ts";
import { createServers } from "./mcp.service-servers.ts";

async function setUp() {
  const db = await openTestDatabase("sqlite");
  const { environment } = createTestEnvironment();
  const servers = createServers({
    store: createMcpStore(db),
    audit: createAccessStore(db),
    secrets: createAesSecrets({ keys: [{ id: "k", key: randomBytes(32) }], randomBytes }),
    host: createAbsentHost(),
    environment,
    onChanged: async () => {},
  });
  return { servers, headersOf: async () => servers.secretsOf(await servers.row("ann", "s1")).headers };
}
const remote = (ext?: { headers: Record<string, string> }) =>
  createMcpServer.parse({ serverId: "s1", name: "Docs", url: "https://mcp.example.com/one", ext });
const secret = { headers: { "X-Key": "sk-1", "X-Other": "sk-2" } };
const masked = { headers: { "X-Key": maskedSecret, "X-Other": maskedSecret } };

test("stored headers do not move to another origin: they come anew, go, or nothing is changed", async () => {
  const { servers, headersOf } = await setUp();
  const before = await servers.create("ann", remote(secret));
  const refused = { code: "mcp.headers_needed", serverId: "s1", host: "mcp.example.com" };
  for (const url of [
    "https://evil.example/one",
    "http://mcp.example.com/one",
    "https://mcp.example.com:8443/",
    "https://mcp.example.com.evil.example/",
  ]) {
    const moves = [
      { url },
      { url, type: "http-post" as const },
      { url, ext: masked },
      { url, ext: { headers: { ...masked.headers, "X-Key": "typed" } } },
    ];
    for (const move of moves)
      await expect(
        servers.update("ann", { serverId: "s1", name: "Moved", ...move }),
        JSON.stringify(move),
      ).rejects.toMatchObject({ failure: refused });
  }
  const one = servers.update("ann", {
    serverId: "s1",
    url: "https://b.example",
    ext: { headers: { "X-Key": maskedSecret } },
  });
  await expect(one).rejects.toMatchObject({ failure: { ...refused, names: ["X-Key"] } });
  expect(await servers.get("ann", "s1")).toEqual(before);
  expect(await headersOf()).toEqual(secret.headers);

  await servers.update("ann", { serverId: "s1", url: "https://MCP.example.com:443/two", ext: masked });
  expect(await headersOf()).toEqual(secret.headers);
  await servers.update("ann", { serverId: "s1", url: "https://b.example/", ext: { headers: { "X-Key": "sk-b" } } });
  expect(await headersOf()).toEqual({ "X-Key": "sk-b" });
  await servers.update("ann", { serverId: "s1", url: "https://c.example/", ext: { headers: {} } });
  expect(await headersOf()).toEqual({});
  expect(await servers.update("ann", { serverId: "s1", url: "https://d.example/" })).toMatchObject({
    url: "https://d.example/",
  });
});

test("there is no way around by way of a local program", async () => {
  const { servers, headersOf } = await setUp();
  await servers.create("ann", remote(secret));
  const program = { serverId: "s1", type: "stdio" as const };
  const carrying = { ...program, url: null, ext: { command: "c", ...masked } };
  await expect(servers.update("ann", carrying)).rejects.toMatchObject({ failure: { code: "mcp.headers_needed" } });
  await servers.update("ann", { ...carrying, url: "https://mcp.example.com/" });
  const back = { serverId: "s1", type: "http-stream" as const, url: "https://evil.example/" };
  await expect(servers.update("ann", back)).rejects.toMatchObject({ failure: { code: "mcp.headers_needed" } });
  expect(await headersOf()).toEqual(secret.headers);

  const kept = { ...program, url: null, ext: { command: "c", headers: { "X-Key": "for nowhere" } } };
  await servers.update("ann", kept);
  await expect(servers.update("ann", back)).rejects.toMatchObject({ failure: { host: null, names: ["X-Key"] } });
  await servers.update("ann", { ...program, url: null, ext: { command: "c" } });
  expect(await servers.update("ann", { ...back, ext: {} })).toMatchObject({ type: "http-stream" });
});

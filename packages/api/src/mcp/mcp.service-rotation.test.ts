import { randomBytes } from "node:crypto";
import { createAccessStore } from "@chatee/db/access.store";
import { createMcpStore } from "@chatee/db/mcp.store";
import { openTestDatabase } from "@chatee/db/testing/engines";
import { createMcpServer, maskedSecret } from "@chatee/shared/mcp";
import { expect, test } from "vitest";
import { createAesSecrets } from "../secrets-aes.ts";
import type { SecretKey } from "../secrets-aes.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { createAbsentHost } from "./absent-host.ts";
import { rotateMcpSecrets } from "./mcp.service-rotation.ts";
import { createServers } from "./mcp.service-servers.ts";

const key = (id: string): SecretKey => ({ id, key: randomBytes(32) });

async function setUp() {
  const db = await openTestDatabase("sqlite");
  const store = createMcpStore(db);
  const { environment } = createTestEnvironment();
  const audit = createAccessStore(db);
  const under = (...keys: SecretKey[]) => {
    const secrets = createAesSecrets({ keys, randomBytes });
    return {
      secrets,
      servers: createServers({
        store,
        audit,
        secrets,
        host: createAbsentHost(),
        environment,
        onChanged: async () => {},
      }),
    };
  };
  return { store, under };
}
const program = (serverId: string) =>
  createMcpServer.parse({
    serverId,
    name: "x",
    type: "stdio",
    ext: { command: "c", env: { A: `value of ${serverId}` } },
  });

test("every value is sealed anew under the newest key, once, and what no key opens is named", async () => {
  const { store, under } = await setUp();
  const [old, fresh, lost] = [key("old"), key("new"), key("lost")];
  await under(old).servers.create("ann", program("s1"));
  await under(lost).servers.create("bob", program("s2"));
  const { secrets, servers } = under(fresh, old);
  expect(await rotateMcpSecrets({ store, secrets })).toEqual({ resealed: 1, unreadable: ["s2"] });
  expect(await rotateMcpSecrets({ store, secrets })).toEqual({ resealed: 0, unreadable: ["s2"] });
  const row = await under(fresh).servers.row("ann", "s1");
  expect(under(fresh).servers.secretsOf(row).env).toEqual({ A: "value of s1" });
  expect((await servers.get("ann", "s1")).approvalHash).not.toBeNull();
});

test("a server whose values cannot be read is still shown, is not approved, and can be given new ones", async () => {
  const { under } = await setUp();
  await under(key("lost")).servers.create("ann", program("s1"));
  const { servers } = under(key("new"));
  expect(await servers.get("ann", "s1")).toMatchObject({ approvalHash: null, approved: false });
  const ext = { command: "c", env: { A: maskedSecret } };
  await expect(servers.update("ann", { serverId: "s1", ext })).rejects.toThrow("enter it");
  await servers.update("ann", { serverId: "s1", ext: { ...ext, env: { A: "again" } } });
  expect(servers.secretsOf(await servers.row("ann", "s1")).env).toEqual({ A: "again" });
});

test("values moved to another row do not open there", async () => {
  const { store, under } = await setUp();
  const { servers } = under(key("k"));
  await servers.create("ann", program("s1"));
  await servers.create("ann", program("s2"));
  const [one, two] = [await servers.row("ann", "s1"), await servers.row("ann", "s2")];
  await store.change("ann", two, { secretsCipher: one.secretsCipher, updatedAtMs: two.updatedAtMs + 1 });
  expect(await servers.get("ann", "s2")).toMatchObject({ approvalHash: null });
});

test("the same server registered twice is one; another one of its id is refused", async () => {
  const { under } = await setUp();
  const { servers } = under(key("k"));
  const first = await servers.create("ann", program("s1"));
  expect(await servers.create("ann", program("s1"))).toEqual(first);
  const other = { ...program("s1"), ext: { command: "c", env: { A: "other" } } };
  await expect(servers.create("ann", other)).rejects.toMatchObject({ failure: { code: "mcp.server_exists" } });
  await expect(servers.create("bob", program("s1"))).rejects.toMatchObject({ failure: { code: "mcp.server_exists" } });
});

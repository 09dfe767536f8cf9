import { expect, it } from "vitest";
import { createMcpStore } from "./mcp.store.ts";
import type { McpServerRow } from "./mcp.store.ts";
import { createMcpToolStore } from "./mcp.tools.store.ts";
import { describeEngines } from "./testing/engines.ts";
import { isUniqueViolation } from "./violations.ts";

const server = (serverId: string, createdAtMs = 1): Omit<McpServerRow, "ownerId"> => ({
  serverId,
  name: "Files 文件 🦀",
  displayName: null,
  clientName: null,
  type: "stdio",
  url: null,
  enabled: true,
  useProxy: false,
  description: null,
  metadata: { a: [1, null] },
  ext: { command: "node", env: { KEY: "••" } },
  secretsCipher: `sealed-${serverId}`,
  allowReadOnly: false,
  approvedHash: null,
  approvedAtMs: null,
  createdAtMs,
  updatedAtMs: createdAtMs,
});
const facts = {
  reachable: true,
  needsAuth: false,
  era: "modern",
  eraAtMs: 4,
  latencyMs: 12,
  toolsHash: "h",
  toolsChangedAtMs: 3,
  lastError: null,
  checkedAtMs: 5,
};

describeEngines("mcp store", (open) => {
  it("reads back what was written, to nobody but its owner", async () => {
    const mcp = createMcpStore(await open());
    await mcp.insert("ann", server("s1"));
    expect(await mcp.find("ann", "s1")).toEqual({ ...server("s1"), ownerId: "ann" });
    expect(await mcp.find("bob", "s1")).toBeUndefined();
    const taken = await mcp.insert("bob", server("s1")).catch((error: unknown) => error);
    expect(isUniqueViolation(taken)).toBe(true);
  });

  it("pages oldest first through ties", async () => {
    const mcp = createMcpStore(await open());
    for (const [id, atMs] of [
      ["s2", 5],
      ["s1", 5],
      ["s0", 6],
    ] as const)
      await mcp.insert("ann", server(id, atMs));
    await mcp.insert("bob", server("s9", 5));
    const first = await mcp.list("ann", { limit: 2 });
    const rest = await mcp.list("ann", { limit: 2, after: { atMs: 5, id: "s2" } });
    expect([...first, ...rest].map((row) => row.serverId)).toEqual(["s1", "s2", "s0"]);
    expect(await mcp.count("ann")).toBe(3);
  });

  it("lets only one of two changes of the same sight through, and none of a stranger's", async () => {
    const mcp = createMcpStore(await open());
    await mcp.insert("ann", server("s1"));
    const seen = { ...server("s1"), ownerId: "ann" };
    expect(await mcp.change("bob", seen, { name: "x", updatedAtMs: 2 })).toBe(false);
    expect(await mcp.change("ann", seen, { approvedHash: "h", approvedAtMs: 2, updatedAtMs: 2 })).toBe(true);
    expect(await mcp.change("ann", seen, { name: "late", updatedAtMs: 3 })).toBe(false);
    expect(await mcp.find("ann", "s1")).toMatchObject({ approvedHash: "h", updatedAtMs: 2, name: "Files 文件 🦀" });
  });

  it("keeps the newest facts per server and owner, and takes all that is known away with the server", async () => {
    const db = await open();
    const [mcp, tools] = [createMcpStore(db), createMcpToolStore(db)];
    await mcp.insert("ann", server("s1"));
    await mcp.saveFacts("ann", "s1", { ...facts, reachable: null });
    await mcp.saveFacts("ann", "s1", facts);
    await mcp.saveFacts("bob", "s1", { ...facts, needsAuth: true });
    await tools.save("ann", "s1", "echo", { policy: "ask", updatedAtMs: 1 });
    expect(await mcp.facts("ann", ["s1", "s2"])).toEqual([{ ...facts, serverId: "s1", ownerId: "ann" }]);
    expect(await mcp.remove("bob", "s1")).toBe(false);
    expect(await mcp.remove("ann", "s1")).toBe(true);
    expect(await mcp.remove("ann", "s1")).toBe(false);
    expect(await mcp.facts("ann", ["s1"])).toEqual([]);
    expect(await tools.list("ann", ["s1"])).toEqual([]);
    expect(await mcp.facts("ann", [])).toEqual([]);
  });

  it("reseals values only if nobody stored others meanwhile", async () => {
    const mcp = createMcpStore(await open());
    await mcp.insert("ann", server("s1"));
    await mcp.insert("ann", { ...server("s2"), secretsCipher: null });
    expect((await mcp.listSealed("", 10)).map((row) => row.serverId)).toEqual(["s1"]);
    expect(await mcp.reseal("s1", "sealed-s1", "new")).toBe(true);
    expect(await mcp.reseal("s1", "sealed-s1", "newer")).toBe(false);
  });

  it("remembers of a tool what was said last, by its exact name and per owner", async () => {
    const tools = createMcpToolStore(await open());
    await tools.save("ann", "s1", "read", { policy: "allow", updatedAtMs: 1 });
    await tools.save("ann", "s1", "Read", { policy: "ask", updatedAtMs: 1 });
    await tools.save("bob", "s1", "read", { policy: "ask", updatedAtMs: 1 });
    await tools.save("ann", "s1", "read", { hash: "h", definition: { d: "ä" }, allowedHash: "h", updatedAtMs: 2 });
    expect(await tools.find("ann", "s1", "read")).toEqual({
      serverId: "s1",
      ownerId: "ann",
      name: "read",
      policy: "allow",
      hash: "h",
      definition: { d: "ä" },
      pending: null,
      allowedHash: "h",
      updatedAtMs: 2,
    });
    expect((await tools.list("ann", ["s1"])).map(({ name, policy }) => `${name} ${policy}`).toSorted()).toEqual([
      "Read ask",
      "read allow",
    ]);
    await tools.notePending("ann", { serverId: "s1", name: "read", hash: "older" }, { d: "x" });
    expect((await tools.find("ann", "s1", "read"))?.pending).toBeNull();
    await tools.notePending("ann", { serverId: "s1", name: "read", hash: "h" }, { d: "x" });
    expect((await tools.find("ann", "s1", "read"))?.pending).toEqual({ d: "x" });
  });
});

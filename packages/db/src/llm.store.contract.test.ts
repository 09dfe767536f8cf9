import { expect, it } from "vitest";
import { createAccessStore } from "./access.store.ts";
import { isUniqueViolation } from "./violations.ts";
import { createLlmStore } from "./llm.store.ts";
import { describeEngines } from "./testing/engines.ts";

describeEngines("llm store", (open) => {
  const config = (configId: string, createdAtMs = 1) => ({
    configId,
    name: "Claude 🦀",
    provider: "anthropic",
    apiUrl: null,
    apiKeyCipher: `sealed-${configId}`,
    model: "claude",
    enabled: true,
    tags: ["快", "b"],
    metadata: { a: [1, null] },
    createdAtMs,
    updatedAtMs: createdAtMs,
  });

  it("reads back what was written, typed", async () => {
    const llm = createLlmStore(await open());
    await llm.insert("ann", config("c1"));
    expect(await llm.find("ann", "c1")).toEqual({
      ...config("c1"),
      ownerId: "ann",
      description: null,
      maxTokens: null,
    });
    expect(await llm.find("bob", "c1")).toBeUndefined();
  });

  it("changes and removes only the owner's, and says whether it did", async () => {
    const llm = createLlmStore(await open());
    await llm.insert("ann", config("c1"));
    const seen = config("c1");
    expect(await llm.change("bob", seen, { name: "x" })).toBe(false);
    expect(await llm.change("ann", seen, { enabled: false, apiKeyCipher: null, updatedAtMs: 2 })).toBe(true);
    expect(await llm.change("ann", { ...seen, apiKeyCipher: null }, { enabled: false })).toBe(true);
    expect(await llm.find("ann", "c1")).toMatchObject({ enabled: false, apiKeyCipher: null, name: "Claude 🦀" });
    expect(await llm.remove("bob", "c1")).toBe(false);
    expect(await llm.remove("ann", "c1")).toBe(true);
    expect(await llm.remove("ann", "c1")).toBe(false);
  });

  it("changes nothing, and writes nothing beside, when the key or the endpoint is not what was seen", async () => {
    const db = await open();
    const [llm, access] = [createLlmStore(db), createAccessStore(db)];
    await llm.insert("ann", config("c1"), { ...config("c2"), apiUrl: "https://a.example/v1", apiKeyCipher: null });
    const entry = (auditId: string) => access.auditEntry("ann", { auditId, action: "x", subjectId: "c", atMs: 1 });
    const [one, two] = [await llm.find("ann", "c1"), await llm.find("ann", "c2")];
    if (!one || !two) throw new Error("two configurations");
    for (const other of [{ provider: "openai" }, { apiUrl: "https://a.example" }, { apiKeyCipher: null }])
      expect(await llm.change("ann", { ...one, ...other }, { name: "x" }, entry("a1"))).toBe(false);
    for (const other of [{ apiUrl: null }, { apiUrl: "https://b.example/v1" }, { apiKeyCipher: "sealed" }])
      expect(await llm.change("ann", { ...two, ...other }, { name: "x" }, entry("a1"))).toBe(false);
    expect((await llm.list("ann", { limit: 9 })).map(({ name }) => name)).toEqual([one.name, two.name]);
    expect(await access.listAudit("ann", { limit: 9 })).toEqual([]);
    expect(await llm.change("ann", two, { name: "x" }, entry("a1"))).toBe(true);
    expect(await access.listAudit("ann", { limit: 9 })).toMatchObject([{ auditId: "a1" }]);
  });

  it("inserts an import whole or not at all", async () => {
    const llm = createLlmStore(await open());
    await llm.insert("ann", config("c2"));
    const outcome = await llm.insert("ann", config("c1"), config("c2")).catch((error: unknown) => error);
    expect(isUniqueViolation(outcome)).toBe(true);
    expect(await llm.count("ann")).toBe(1);
    await llm.insert("ann");
  });

  it("pages oldest first through ties, and hands out no other owner's", async () => {
    const llm = createLlmStore(await open());
    await llm.insert("ann", config("c1", 5), config("c2", 5), config("c3", 5), config("c0", 6));
    await llm.insert("bob", config("c9", 5));
    const first = await llm.list("ann", { limit: 2 });
    const rest = await llm.list("ann", { limit: 2, after: { atMs: 5, id: "c2" } });
    expect([...first, ...rest].map((row) => row.configId)).toEqual(["c1", "c2", "c3", "c0"]);
    expect(await llm.count("ann")).toBe(4);
  });

  it("reseals a key only if nobody stored another meanwhile", async () => {
    const llm = createLlmStore(await open());
    await llm.insert("ann", config("c1"), { ...config("c2"), apiKeyCipher: null }, config("c3"));
    expect((await llm.listSealed("", 10)).map((row) => row.configId)).toEqual(["c1", "c3"]);
    expect((await llm.listSealed("c1", 10)).map((row) => row.configId)).toEqual(["c3"]);
    expect(await llm.reseal("c1", "sealed-c1", "new")).toBe(true);
    expect(await llm.reseal("c1", "sealed-c1", "newer")).toBe(false);
    expect((await llm.find("ann", "c1"))?.apiKeyCipher).toBe("new");
  });
});

import { expect, it } from "vitest";
import { createAccessStore } from "./access.store.ts";
import { isUniqueViolation } from "./violations.ts";
import { must, remove } from "./statements.ts";
import { eq } from "drizzle-orm";
import { describeEngines } from "./testing/engines.ts";

describeEngines("access store", (open) => {
  const token = (tokenId: string, expiresAtMs: number | null = null) => ({
    tokenId,
    name: "laptop",
    tokenHash: `hash-${tokenId}`,
    createdAtMs: 1,
    expiresAtMs,
  });

  it("lets a token in until it runs out and never after", async () => {
    const access = createAccessStore(await open());
    await access.insertToken("ann", token("t1", 1000));
    await access.insertToken("ann", token("t2"));
    expect(await access.findLiveToken("hash-t1", 999)).toMatchObject({ tokenId: "t1", ownerId: "ann" });
    expect(await access.findLiveToken("hash-t1", 1000)).toBeUndefined();
    expect(await access.findLiveToken("hash-t2", 9e12)).toMatchObject({ tokenId: "t2", expiresAtMs: null });
    expect(await access.findLiveToken("HASH-t2", 0)).toBeUndefined();
    expect(await access.removeExpiredTokens(1000)).toBe(1);
    expect((await access.listTokens("ann")).map((row) => row.tokenId)).toEqual(["t2"]);
  });

  it("lets a token in no more once it was taken away, by whomever and in whatever moment", async () => {
    const db = await open();
    const [door, elsewhere] = [createAccessStore(db), createAccessStore(db)];
    await door.insertToken("ann", token("t1"));
    await door.insertToken("ann", token("t2"));
    for (let ask = 0; ask < 3; ask++) expect(await door.findLiveToken("hash-t1", 1)).toMatchObject({ tokenId: "t1" });
    await elsewhere.removeToken("ann", "t1");
    expect(await door.findLiveToken("hash-t1", 1)).toBeUndefined();
    await Promise.all([door.findLiveToken("hash-t2", 1), elsewhere.removeToken("ann", "t2")]);
    expect(await door.findLiveToken("hash-t2", 1)).toBeUndefined();
  });

  it("issues a token only under a living issuer of the same owner, and ends both in one go", async () => {
    const access = createAccessStore(await open());
    await access.insertToken("ann", token("t1"));
    await access.insertToken("ann", token("t10"));
    expect(await access.insertTokenOf("bob", "t1", token("browser:t1:a"))).toBe(false);
    expect(await access.insertTokenOf("ann", "gone", token("browser:gone:a"))).toBe(false);
    expect(await access.insertTokenOf("ann", "t1", token("browser:t1:a"))).toBe(true);
    expect(await access.insertTokenOf("ann", "t10", token("browser:t10:a"))).toBe(true);
    expect(await access.removeTokenWith("bob", "t1", "browser:t1:")).toBe(0);
    expect(await access.removeTokenWith("ann", "t1", "browser:t1:")).toBe(2);
    expect((await access.listTokens("ann")).map((row) => row.tokenId)).toEqual(["browser:t10:a", "t10"]);
  });

  it("moves the end of a token only when told to", async () => {
    const access = createAccessStore(await open());
    await access.insertToken("ann", token("t1", 1000));
    await access.touchToken("t1", 500);
    expect(await access.findToken("ann", "t1")).toMatchObject({ lastUsedAtMs: 500, expiresAtMs: 1000 });
    await access.touchToken("t1", 600, 2000);
    expect(await access.findToken("ann", "t1")).toMatchObject({ lastUsedAtMs: 600, expiresAtMs: 2000 });
    expect(await access.findToken("bob", "t1")).toBeUndefined();
  });

  it("keeps a token hash unique and a token its owner's", async () => {
    const access = createAccessStore(await open());
    await access.insertToken("ann", token("t1"));
    const again = access.insertToken("bob", { ...token("t2"), tokenHash: "hash-t1" });
    expect(isUniqueViolation(await again.catch((error: unknown) => error))).toBe(true);
    expect(await access.removeToken("bob", "t1")).toBe(false);
    await access.touchToken("t1", 77);
    expect(await access.listTokens("bob")).toEqual([]);
    expect((await access.listTokens("ann"))[0]?.lastUsedAtMs).toBe(77);
    expect(await access.removeToken("ann", "t1")).toBe(true);
  });

  it("keeps one value per owner and key, and tells null from never set", async () => {
    const access = createAccessStore(await open());
    expect(await access.getSetting("ann", "theme")).toBeUndefined();
    await access.setSetting("ann", "theme", { name: "dark" }, 1);
    await access.setSetting("ann", "theme", { name: "light" }, 2);
    await access.setSetting("ann", "Theme", null, 2);
    await access.setSetting("bob", "theme", "plain", 2);
    expect(await access.getSetting("ann", "theme")).toEqual({ name: "light" });
    expect(await access.getSetting("ann", "Theme")).toBeNull();
    expect(await access.listSettings("ann")).toEqual({ theme: { name: "light" }, Theme: null });
    expect(await access.removeSetting("ann", "theme")).toBe(true);
    expect(await access.removeSetting("ann", "theme")).toBe(false);
    expect(await access.getSetting("bob", "theme")).toBe("plain");
  });

  it("pages the audit newest first without losing entries of one millisecond", async () => {
    const access = createAccessStore(await open());
    for (const auditId of ["a1", "a2", "a3", "a4"]) {
      await access.appendAudit("ann", { auditId, action: "llm.key", subjectId: "c1", atMs: auditId === "a1" ? 1 : 5 });
    }
    const first = await access.listAudit("ann", { limit: 2 });
    expect(first.map((row) => row.auditId)).toEqual(["a4", "a3"]);
    const after = { atMs: 5, id: "a3" };
    expect((await access.listAudit("ann", { limit: 2, after })).map((row) => row.auditId)).toEqual(["a2", "a1"]);
    expect(await access.listAudit("bob", { limit: 2 })).toEqual([]);
  });

  it("remembers a token that is made or ended together with it, and nothing where there was none", async () => {
    const access = createAccessStore(await open());
    const entry = (auditId: string) => access.auditEntry("ann", { auditId, action: "x", subjectId: "t1", atMs: 1 });
    const ids = async () => (await access.listAudit("ann", { limit: 9 })).map(({ auditId }) => auditId);
    await access.insertToken("ann", token("t1"), entry("a1"));
    await expect(access.insertToken("ann", token("t1"), entry("a2"))).rejects.toThrow();
    expect(await access.removeTokenWith("bob", "t1", "browser:t1:", entry("a3"))).toBe(0);
    expect(await ids()).toEqual(["a1"]);
    expect(await access.removeTokenWith("ann", "t1", "browser:t1:", entry("a4"))).toBe(1);
    expect(await ids()).toEqual(["a4", "a1"]);
  });

  it("remembers nothing when what it accompanies did not happen", async () => {
    const db = await open();
    const access = createAccessStore(db);
    const entry = access.auditEntry("ann", { auditId: "a1", action: "x", subjectId: "s", atMs: 1 });
    await expect(
      db.write(entry, must(remove(db.tables.llmConfigs, eq(db.tables.llmConfigs.configId, "none")))),
    ).rejects.toThrow();
    expect(await access.listAudit("ann", { limit: 5 })).toEqual([]);
  });
});

import { expect, it } from "vitest";
import { createMcpOauthStore } from "./mcp.oauth.store.ts";
import type { OauthClientRow, OauthTokensRow } from "./mcp.oauth.store.ts";
import { createMcpStore } from "./mcp.store.ts";
import { describeEngines } from "./testing/engines.ts";

const tokens = (serverId: string): Omit<OauthTokensRow, "ownerId" | "version"> => ({
  serverId,
  serverOrigin: "https://mcp.example",
  issuer: "https://issuer.example/",
  resource: "https://mcp.example/mcp",
  state: "connected",
  grantCipher: "sealed",
  scope: "a b",
  wantedScope: null,
  obtainedAtMs: 1,
  expiresAtMs: 10,
  refreshAtMs: 5,
  leaseUntilMs: null,
  updatedAtMs: 1,
});
const client: Omit<OauthClientRow, "ownerId"> = {
  issuer: "https://issuer.example/",
  clientId: "c1",
  secretCipher: "sealed",
  redirectUri: "http://127.0.0.1/cb",
  source: "dcr",
  authMethod: "none",
  createdAtMs: 1,
  updatedAtMs: 1,
};
const state = (stateHash: string, expiresAtMs = 100) => ({
  stateHash,
  serverId: "s1",
  detailsCipher: "sealed",
  createdAtMs: 1,
  expiresAtMs,
});

describeEngines("mcp oauth store", (open) => {
  it("gives the lease of one sight to one of many, and the write to its holder alone", async () => {
    const store = createMcpOauthStore(await open());
    await store.saveTokens("ann", tokens("s1"));
    const seen = await store.findTokens("ann", "s1");
    if (!seen) throw new Error("nothing was stored");
    expect(seen).toEqual({ ...tokens("s1"), ownerId: "ann", version: 1 });
    const lease = { nowMs: 1, untilMs: 50 };
    expect(await store.lease("bob", seen, lease)).toBe(false);
    const all = await Promise.all(Array.from({ length: 8 }, () => store.lease("ann", seen, lease)));
    expect(all.filter(Boolean)).toEqual([true]);
    const held = { ...seen, version: 2 };
    expect(await store.lease("ann", held, { nowMs: 49, untilMs: 99 })).toBe(false);
    expect(await store.change("ann", seen, { grantCipher: "late" })).toBe(false);
    expect(await store.change("ann", held, { grantCipher: "new", leaseUntilMs: null })).toBe(true);
    expect(await store.findTokens("ann", "s1")).toMatchObject({ grantCipher: "new", version: 3, leaseUntilMs: null });
  });

  it("lets a new sign-in win over whoever refreshes what was there before", async () => {
    const store = createMcpOauthStore(await open());
    await store.saveTokens("ann", tokens("s1"));
    const seen = { serverId: "s1", version: 1 };
    expect(await store.lease("ann", seen, { nowMs: 1, untilMs: 50 })).toBe(true);
    await store.saveTokens("ann", { ...tokens("s1"), grantCipher: "signed in" });
    expect(await store.change("ann", { serverId: "s1", version: 2 }, { grantCipher: "refreshed" })).toBe(false);
    expect(await store.findTokens("ann", "s1")).toMatchObject({ grantCipher: "signed in", version: 3 });
    expect(await store.lease("ann", { serverId: "s1", version: 3 }, { nowMs: 1, untilMs: 50 })).toBe(true);
    const later = { serverId: "s1", version: 4 };
    expect(await store.lease("ann", later, { nowMs: 50, untilMs: 90 })).toBe(true);
  });

  it("uses a state up once, for its owner, while it is not expired", async () => {
    const store = createMcpOauthStore(await open());
    await store.openState("ann", state("h1"));
    await store.openState("ann", state("h2", 5));
    expect(await store.countStates("ann", 6)).toBe(1);
    expect(await store.takeState("bob", "h1", 6)).toBeUndefined();
    expect(await store.takeState("ann", "h2", 5)).toBeUndefined();
    const taken = await Promise.all(Array.from({ length: 6 }, () => store.takeState("ann", "h1", 6)));
    expect(taken.filter((row) => row !== undefined)).toEqual([{ ...state("h1"), ownerId: "ann", usedAtMs: 6 }]);
    await store.openState("ann", { ...state("h3", 300), createdAtMs: 200 });
    expect(await store.countStates("ann", 0)).toBe(1);
  });

  it("lists whose tokens are due and nobody refreshes, and forgets the registration that was lost and no other", async () => {
    const store = createMcpOauthStore(await open());
    await store.saveTokens("ann", { ...tokens("s1"), refreshAtMs: 7 });
    await store.saveTokens("bob", { ...tokens("s1"), refreshAtMs: 5 });
    await store.saveTokens("ann", { ...tokens("s2"), refreshAtMs: 9 });
    await store.saveTokens("ann", { ...tokens("s3"), refreshAtMs: null });
    await store.saveTokens("ann", { ...tokens("s4"), refreshAtMs: 1, state: "needs_sign_in" });
    await store.saveTokens("ann", { ...tokens("s5"), refreshAtMs: 1, leaseUntilMs: 20 });
    const due = [
      { ownerId: "bob", serverId: "s1" },
      { ownerId: "ann", serverId: "s1" },
    ];
    expect(await store.listDue(8, 9)).toEqual(due);
    expect(await store.listDue(8, 1)).toEqual(due.slice(0, 1));
    expect((await store.listDue(20, 9)).length).toBe(4);
    await store.saveClient("ann", client);
    await store.saveClient("bob", { ...client, source: "preregistered" });
    await store.removeRegistration("ann", client.issuer, "another");
    await store.removeRegistration("bob", client.issuer, client.clientId);
    expect([await store.findClient("ann", client.issuer), await store.findClient("bob", client.issuer)]).not.toContain(
      undefined,
    );
    await store.removeRegistration("ann", client.issuer, client.clientId);
    expect(await store.findClient("ann", client.issuer)).toBeUndefined();
    await store.openState("ann", state("h1"));
    expect(await store.hasOpenState("ann", "s1", 6)).toBe(true);
    expect([await store.hasOpenState("bob", "s1", 6), await store.hasOpenState("ann", "s1", 100)]).toEqual([
      false,
      false,
    ]);
    await store.takeState("ann", "h1", 6);
    expect(await store.hasOpenState("ann", "s1", 6)).toBe(false);
  });

  it("keeps one registration per owner and issuer, and forgets what was granted with the server", async () => {
    const db = await open();
    const store = createMcpOauthStore(db);
    await store.saveClient("ann", client);
    await store.saveClient("ann", { ...client, clientId: "c2", createdAtMs: 9, updatedAtMs: 9 });
    await store.saveClient("bob", client);
    expect(await store.listClients("ann", 9)).toEqual([{ ...client, ownerId: "ann", clientId: "c2", updatedAtMs: 9 }]);
    expect(await store.findClient("ann", "https://issuer.example")).toBeUndefined();
    await store.saveTokens("ann", tokens("s1"));
    await store.saveTokens("bob", tokens("s1"));
    await createMcpStore(db).remove("ann", "s1");
    expect(await store.findTokens("ann", "s1")).toBeUndefined();
    expect(await store.removeTokens("bob", "s1")).toBe(true);
    expect(await store.removeTokens("bob", "s1")).toBe(false);
  });

  it("reseals page by page what nobody wrote meanwhile", async () => {
    const store = createMcpOauthStore(await open());
    for (const id of ["s1", "s2"]) await store.saveTokens("ann", tokens(id));
    await store.saveTokens("bob", { ...tokens("s2"), grantCipher: null });
    await store.saveClient("ann", client);
    const [first] = await store.listSealedTokens({ serverId: "", ownerId: "" }, 1);
    if (!first) throw new Error("nothing was listed");
    expect(first).toEqual({ serverId: "s1", ownerId: "ann", version: 1, grantCipher: "sealed" });
    expect((await store.listSealedTokens(first, 9)).map((row) => row.serverId)).toEqual(["s2"]);
    expect(await store.resealTokens(first, "anew")).toBe(true);
    expect(await store.resealTokens(first, "again")).toBe(false);
    const [sealed] = await store.listSealedClients({ ownerId: "", issuer: "" }, 9);
    expect(sealed && (await store.resealClient(sealed, "anew"))).toBe(true);
    expect(sealed && (await store.resealClient(sealed, "again"))).toBe(false);
  });
});

import { createHash, randomBytes } from "node:crypto";
import { createAccessStore } from "@chatee/db/access.store";
import type { Database } from "@chatee/db/database";
import { describeEngines } from "@chatee/db/testing/engines";
import { localOwnerId } from "@chatee/shared/ids";
import { expect, test } from "vitest";
import { createStillEnvironment } from "../testing/call-context.ts";
import { createAccessService } from "./access.service.ts";

function setUp(db: Database) {
  const clock = createStillEnvironment();
  const store = createAccessStore(db);
  return { ...clock, store, access: createAccessService({ store, randomBytes, environment: clock.environment }) };
}

const dayMs = 24 * 3_600_000;
const installToken = "install-token-0123456789abcdef";

describeEngines("access tokens", (open) => {
  test("a token is shown once, holds at least 128 random bits and is stored as a hash only", async () => {
    const { access, store } = setUp(await open());
    const { token, accessToken } = await access.create("ann", { name: "laptop" });
    expect(Buffer.from(token, "base64url").length).toBeGreaterThanOrEqual(16);
    const rows = await store.listTokens("ann");
    expect(rows[0]?.tokenHash).toBe(createHash("sha256").update(token).digest("hex"));
    expect(JSON.stringify([rows, await access.list("ann")])).not.toContain(token);
    expect(JSON.stringify(await access.list("ann"))).not.toContain(rows[0]?.tokenHash);
    expect(await access.list("ann")).toEqual([accessToken]);
    expect(await access.verify(token)).toEqual({ ownerId: "ann", tokenId: accessToken.tokenId });
  });

  test("nothing but a live token is let in", async () => {
    const { access, advance, store, environment } = setUp(await open());
    const { token, accessToken } = await access.create("ann", { name: "ci", expiresAtMs: environment.now() + 1_000 });
    const [row] = await store.listTokens("ann");
    const wrong = [
      "",
      " ",
      token.slice(0, -1),
      `${token} `,
      token.toLowerCase(),
      "é".repeat(10),
      "x".repeat(10_000),
      row?.tokenHash ?? "",
    ];
    for (const guess of wrong) expect(await access.verify(guess), guess.slice(0, 50)).toBeNull();
    advance(999);
    expect(await access.verify(token)).not.toBeNull();
    advance(1);
    expect(await access.verify(token)).toBeNull();
    expect(await access.list("ann")).toEqual([]);
    const other = await access.create("ann", { name: "x" });
    expect(await access.revoke("bob", other.accessToken.tokenId)).toBe(false);
    expect(await access.verify(other.token)).not.toBeNull();
    expect(await access.revoke("ann", other.accessToken.tokenId)).toBe(true);
    expect(await access.verify(other.token)).toBeNull();
    expect(await access.revoke("ann", accessToken.tokenId)).toBe(true);
  });

  test("a token that is made or revoked is noted for its owner, and a try that changes nothing is not", async () => {
    const { access, store, environment, advance } = setUp(await open());
    const noted = async (ownerId: string) =>
      (await store.listAudit(ownerId, { limit: 9 })).map(({ action, subjectId, atMs }) => [action, subjectId, atMs]);
    const madeAtMs = environment.now();
    const { accessToken } = await access.create("ann", { name: "ci" });
    const { tokenId } = accessToken;
    advance(1);
    expect(await access.revoke("bob", tokenId)).toBe(false);
    expect(await access.revoke("ann", tokenId)).toBe(true);
    expect(await access.revoke("ann", tokenId)).toBe(false);
    expect(await noted("ann")).toEqual([
      ["access.token_revoked", tokenId, madeAtMs + 1],
      ["access.token_made", tokenId, madeAtMs],
    ]);
    expect(await noted("bob")).toEqual([]);
  });

  test("its last use is written at most once a minute", async () => {
    const { access, advance, environment } = setUp(await open());
    const { token } = await access.create("ann", { name: "laptop" });
    const startMs = environment.now();
    const lastUse = async () => (await access.list("ann"))[0]?.lastUsedAtMs;
    await access.verify(token);
    advance(59_999);
    await access.verify(token);
    expect(await lastUse()).toBe(startMs);
    advance(1);
    await access.verify(token);
    expect(await lastUse()).toBe(startMs + 60_000);
  });

  test("the owner is let in although the use cannot be remembered", async () => {
    const { store, environment, log } = setUp(await open());
    const full = { ...store, touchToken: () => Promise.reject(new Error("disk full")) };
    const access = createAccessService({ store: full, randomBytes, environment });
    const { token, accessToken } = await access.create("ann", { name: "laptop" });
    expect(await access.verify(token)).toMatchObject({ ownerId: "ann" });
    expect(log).toEqual([{ level: "warn", fields: { tokenId: accessToken.tokenId }, phrase: expect.any(String) }]);
  });
});

describeEngines("the install token", (open) => {
  test("lets the owner in, survives restarts, and cannot be revoked", async () => {
    const { access } = setUp(await open());
    await Promise.all([access.ensureInstallToken(installToken), access.ensureInstallToken(installToken)]);
    await access.ensureInstallToken(installToken);
    const tokens = await access.list(localOwnerId);
    expect(tokens).toMatchObject([{ kind: "install" }]);
    expect(await access.verify(installToken)).toMatchObject({ ownerId: localOwnerId });
    await expect(access.revoke(localOwnerId, tokens[0]?.tokenId ?? "")).rejects.toMatchObject({
      failure: { code: "auth.forbidden" },
    });
  });

  test("replacing it ends the old one and the browsers it let in, but no other token", async () => {
    const { access } = setUp(await open());
    await access.ensureInstallToken(installToken);
    const cookie = await access.issueCookie(localOwnerId);
    const script = await access.create(localOwnerId, { name: "script" });
    await access.ensureInstallToken("another-token-0123456789abcdef");
    expect(await access.verify(installToken)).toBeNull();
    expect(await access.verify(cookie.token)).toBeNull();
    expect(await access.verify(script.token)).not.toBeNull();
    expect(await access.verify("another-token-0123456789abcdef")).not.toBeNull();
  });
});

describeEngines("browser cookies", (open) => {
  test("last 90 days from their last use", async () => {
    const { access, advance, environment } = setUp(await open());
    await access.ensureInstallToken(installToken);
    const { token, expiresAtMs } = await access.issueCookie(localOwnerId);
    expect(expiresAtMs - environment.now()).toBe(90 * dayMs);
    advance(89 * dayMs);
    expect(await access.verify(token)).toMatchObject({ ownerId: localOwnerId });
    advance(89 * dayMs);
    expect(await access.verify(token)).not.toBeNull();
    advance(90 * dayMs);
    expect(await access.verify(token)).toBeNull();
  });

  test("never outlive the token they were exchanged for, by expiry or by revocation", async () => {
    const { access, advance, environment } = setUp(await open());
    const endsAtMs = environment.now() + 10 * dayMs;
    const guest = await access.create("ann", { name: "guest", expiresAtMs: endsAtMs });
    const cookie = await access.issueCookie("ann", guest.accessToken.tokenId);
    expect(cookie.expiresAtMs).toBe(endsAtMs);
    advance(dayMs);
    const caller = await access.verify(cookie.token);
    const again = await access.issueCookie("ann", caller?.tokenId);
    expect(again.expiresAtMs).toBe(endsAtMs);
    advance(9 * dayMs);
    expect(await access.verify(cookie.token)).toBeNull();
    const laptop = await access.create("ann", { name: "laptop" });
    const first = await access.issueCookie("ann", laptop.accessToken.tokenId);
    const second = await access.issueCookie("ann", (await access.verify(first.token))?.tokenId);
    await access.revoke("ann", laptop.accessToken.tokenId);
    expect([await access.verify(first.token), await access.verify(second.token)]).toEqual([null, null]);
    const late = access.issueCookie("ann", laptop.accessToken.tokenId);
    await expect(late).rejects.toMatchObject({ failure: { code: "auth.required" } });
  });

  test("signing one browser out leaves the others in", async () => {
    const { access } = setUp(await open());
    await access.ensureInstallToken(installToken);
    const [one, two] = [await access.issueCookie(localOwnerId), await access.issueCookie(localOwnerId)];
    const caller = await access.verify(one.token);
    const revoked: string[] = [];
    access.onRevoked((tokenId) => void revoked.push(tokenId));
    const me = { ownerId: localOwnerId, tokenId: caller?.tokenId ?? "" };
    expect(await access.isLive(me)).toBe(true);
    expect(await access.revoke(localOwnerId, me.tokenId)).toBe(true);
    expect([await access.isLive(me), revoked]).toEqual([false, [me.tokenId]]);
    expect(await access.verify(one.token)).toBeNull();
    expect(await access.verify(two.token)).not.toBeNull();
    expect(await access.verify(installToken)).not.toBeNull();
  });

  test("are at most a hundred per owner: the one that was away for longest goes", async () => {
    const { access, advance } = setUp(await open());
    await access.ensureInstallToken(installToken);
    const first = await access.issueCookie(localOwnerId);
    const second = await access.issueCookie(localOwnerId);
    advance(120_000);
    await access.verify(first.token);
    for (let count = 0; count < 99; count++) await access.issueCookie(localOwnerId);
    expect(await access.list(localOwnerId)).toHaveLength(101);
    expect(await access.verify(first.token)).not.toBeNull();
    expect(await access.verify(second.token)).toBeNull();
  });
});

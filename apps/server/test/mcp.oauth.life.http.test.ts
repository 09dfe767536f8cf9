import { openTestDatabase } from "@chatee/db/testing/engines";
import { describe, expect, it } from "vitest";
import { openNotionLikeIssuer } from "./notion-like-issuer.ts";
import { openProtectedServer, openSignInServices, redirectUri } from "./protected-server.ts";
import { followSignIn, openRotatingIssuer } from "./rotating-issuer.ts";

const minuteMs = 60_000;
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => "nothing",
    (error: unknown) => (error as { failure?: unknown }).failure ?? error,
  );

async function open() {
  await using opened = new AsyncDisposableStack();
  const issuer = opened.use(await openRotatingIssuer());
  const server = opened.use(await openProtectedServer(issuer));
  const db = await openTestDatabase("sqlite");
  const test = opened.use(await openSignInServices(db));
  const serverId = await test.register("ann", server.url);
  const parts = opened.move();
  return { issuer, server, db, test, serverId, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const clientIdOf = (url: string) => new URL(url).searchParams.get("client_id") ?? "";

describe("a sign-in, once it is there", { timeout: 90_000 }, () => {
  it("is refreshed before it runs out although nobody calls, by one of two processes, and no call waits for it", async () => {
    await using here = await open();
    const { issuer, test, serverId, db } = here;
    await using other = await openSignInServices(db);
    await test.signIn("ann", serverId);
    const rounds = () => Promise.all([test, other].map(({ services }) => services.mcpOauth.upkeep.round()));
    await rounds();
    expect(issuer.redemptions()).toBe(1);
    for (const one of [test, other]) one.advance(58 * minuteMs);
    await rounds();
    expect([issuer.redemptions(), issuer.refusals()]).toEqual([2, 0]);
    issuer.intercept(() => "lose_request");
    for (const one of [test, other]) {
      expect(await one.echo("ann", serverId, "x")).toMatchObject({ result: { isError: false } });
    }
  });

  it("is known to be over before the next call, wherever somebody looks, and a dead issuer is no end", async () => {
    await using here = await open();
    const { issuer, test, serverId } = here;
    const { mcp, mcpOauth } = test.services;
    await test.signIn("ann", serverId);
    await test.echo("ann", serverId, "x");
    let lost = 0;
    issuer.intercept((path) => (path === "/token" && lost++ >= 0 ? "lose_request" : undefined));
    test.advance(58 * minuteMs);
    await mcpOauth.upkeep.round();
    await mcpOauth.upkeep.round();
    // Once, and once more as its answer was lost; then it is left alone for a while.
    expect(lost).toBe(2);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "connected" });
    issuer.intercept(() => undefined);
    const { clients } = await mcpOauth.clients("ann");
    await issuer.forgetClient(clients[0]?.clientId ?? "");
    test.advance(5 * minuteMs);
    await mcpOauth.upkeep.round();
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "needs_sign_in" });
    await expect
      .poll(async () => (await mcp.health("ann")).servers)
      .toMatchObject([{ serverId, needsAuth: true, reachable: true }]);
    expect(await mcp.test("ann", serverId)).toMatchObject({ success: false, needsSignIn: true });
    expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
    // The registration that was lost is replaced by the next sign-in, and only that.
    expect((await mcpOauth.clients("ann")).clients).toEqual([]);
    await test.signIn("ann", serverId);
    expect(await test.echo("ann", serverId, "x")).toMatchObject({ result: { isError: false } });
    expect((await mcpOauth.clients("ann")).clients.length).toBe(1);
  });

  it("begins anew under another registration when nobody came back since the issuer lost the one there was", async () => {
    await using here = await open();
    const { issuer, test, serverId } = here;
    const start = async () => (await test.services.mcpOauth.start("ann", { serverId })).authorizationUrl;
    const first = await start();
    expect(clientIdOf(await start())).toBe(clientIdOf(first));
    await issuer.forgetClient(clientIdOf(first));
    const again = await start();
    expect(clientIdOf(again)).not.toBe(clientIdOf(first));
    expect(clientIdOf(await start())).toBe(clientIdOf(again));
    const { state = "", code = "", iss = "" } = await followSignIn(again, redirectUri);
    // Lost between the sign-in and its end: it fails, and the next one begins with a fresh registration.
    await issuer.forgetClient(clientIdOf(again));
    const refused = { code: "mcp.sign_in_failed", reason: "client_refused" };
    expect(await failureOf(test.services.mcpOauth.finish("ann", { state, code, iss }))).toEqual(refused);
    await test.signIn("ann", serverId);
    expect(await test.echo("ann", serverId, "x")).toMatchObject({ result: { isError: false } });
  });

  it("is given back when somebody signs out, and forgotten even if nobody takes it", async () => {
    await using here = await open();
    const { issuer, server, test, serverId } = here;
    const { mcp, mcpOauth } = test.services;
    const lastToken = () => server.served.at(-1) ?? "";
    await test.signIn("ann", serverId);
    await test.echo("ann", serverId, "x");
    expect(issuer.isGood(lastToken())).toBe(true);
    await mcpOauth.disconnect("ann", serverId);
    expect(issuer.isGood(lastToken())).toBe(false);
    await test.signIn("ann", serverId);
    await test.echo("ann", serverId, "x");
    let asked = 0;
    issuer.intercept((path) => (path.startsWith("/token/revocation") && ++asked > 0 ? "lose_request" : undefined));
    await mcpOauth.disconnect("ann", serverId);
    expect([asked > 0, (await mcpOauth.status("ann", serverId)).state]).toEqual([true, "none"]);
    issuer.intercept(() => undefined);
    await test.signIn("ann", serverId);
    await test.echo("ann", serverId, "x");
    await mcp.remove("ann", serverId);
    expect(issuer.isGood(lastToken())).toBe(false);
  });
});

describe("signing in where Notion's rules are", { timeout: 90_000 }, () => {
  it("registers once and without a secret, and lives through lost answers, lost tokens and many calls at once", async () => {
    await using issuer = await openNotionLikeIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const serverId = await test.register("ann", server.url);
    await test.signIn("ann", serverId);
    await test.services.mcpOauth.disconnect("ann", serverId);
    await test.signIn("ann", serverId);
    expect(issuer.seen).toEqual({ registrations: 1, refreshes: 0, refused: 0 });
    const { clients } = await test.services.mcpOauth.clients("ann");
    expect(clients).toMatchObject([{ authMethod: "none", hasSecret: false, source: "dcr" }]);
    const isFine = { result: { isError: false } };
    const later = () => test.advance(2 * 60 * minuteMs);
    later();
    const calls = Array.from({ length: 6 }, (_, at) => test.echo("ann", serverId, `${at}`));
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject(isFine);
    expect(issuer.seen).toEqual({ registrations: 1, refreshes: 1, refused: 0 });
    // Taken in, and its answer lost: the same token is good once more.
    later();
    issuer.losesAnswer = true;
    expect(await test.echo("ann", serverId, "x")).toMatchObject(isFine);
    expect(issuer.seen).toEqual({ registrations: 1, refreshes: 3, refused: 0 });
    // The newest token is not known over there: the one before is tried, once.
    issuer.forgetNewest();
    later();
    expect(await test.echo("ann", serverId, "x")).toMatchObject(isFine);
    expect(issuer.seen).toEqual({ registrations: 1, refreshes: 4, refused: 1 });
    issuer.forgetNewest();
    issuer.forgetNewest();
    later();
    expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
    expect(issuer.seen).toEqual({ registrations: 1, refreshes: 4, refused: 3 });
  });
});

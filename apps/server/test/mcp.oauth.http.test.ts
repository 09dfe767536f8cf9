import { openTestDatabase } from "@chatee/db/testing/engines";
import { describe, expect, it, vi } from "vitest";
import { createServerResolver } from "../src/mcp-resolver.ts";
import { openProtectedServer, openSignInServices, redirectUri } from "./protected-server.ts";
import { followSignIn, openRotatingIssuer } from "./rotating-issuer.ts";

const hourMs = 3_600_000;
const failureOf = async (work: Promise<unknown>) =>
  await work.then(
    () => "nothing",
    (error: unknown) => (error as { failure?: unknown }).failure ?? error,
  );

describe("signing in to an MCP server", { timeout: 90_000 }, () => {
  it("brings tokens that go to this server alone, and are in no row that can be read", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    const db = await openTestDatabase("sqlite");
    await using test = await openSignInServices(db);
    const { mcp, mcpOauth } = test.services;
    const serverId = await test.register("ann", server.url);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "none" });
    expect(await failureOf(test.echo("ann", serverId, "x"))).toEqual({ code: "mcp.needs_sign_in", serverId });
    await test.signIn("ann", serverId);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "connected", issuer: issuer.issuer });
    expect(await test.echo("ann", serverId, "hä")).toMatchObject({ result: { content: [{ text: "hä" }] } });
    const [token = ""] = server.served;
    const { mcpOauthTokens, mcpOauthClients, mcpOauthStates } = db.tables;
    const dump = JSON.stringify([
      await db.read.select().from(mcpOauthTokens),
      await db.read.select().from(mcpOauthClients),
      await db.read.select().from(mcpOauthStates),
    ]);
    expect(token.length).toBeGreaterThan(20);
    expect(dump).not.toContain(token);
    // Another owner has nothing of it; another origin gets nothing of it.
    expect(await failureOf(mcpOauth.status("bob", serverId))).toMatchObject({ code: "mcp.server_not_found" });
    await using other = await openProtectedServer(issuer);
    await mcp.update("ann", { serverId, url: other.url });
    expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
    expect(other.refused.every((sent) => sent === "")).toBe(true);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "needs_sign_in" });
    await mcp.update("ann", { serverId, url: server.url });
    await test.echo("ann", serverId, "x");
    await mcpOauth.disconnect("ann", serverId);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "none" });
    expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
  });

  it("takes a state once, from whoever began, for ten minutes, from the issuer that was asked", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const { mcpOauth } = test.services;
    const serverId = await test.register("ann", server.url);
    async function callback() {
      const { authorizationUrl } = await mcpOauth.start("ann", { serverId });
      const { state = "", code = "", iss = "" } = await followSignIn(authorizationUrl, redirectUri);
      expect(iss).toBe(issuer.issuer);
      return { state, code, iss };
    }
    const invalid = { code: "mcp.sign_in_invalid" };
    const first = await callback();
    expect(await failureOf(mcpOauth.finish("bob", first))).toEqual(invalid);
    expect(await failureOf(mcpOauth.finish("ann", { ...first, state: "made-up" }))).toEqual(invalid);
    for (const iss of ["https://evil.example", `${issuer.issuer}/`, undefined]) {
      const { state, code } = await callback();
      const given = { state, code, ...(iss !== undefined && { iss }) };
      const wrong = { code: "mcp.sign_in_failed", reason: "wrong_issuer" };
      expect(await failureOf(mcpOauth.finish("ann", given)), iss).toEqual(wrong);
    }
    expect(issuer.redemptions()).toBe(0);
    const declined = await callback();
    const { code: _code, ...noCode } = declined;
    const denied = { code: "mcp.sign_in_failed", reason: "denied" };
    expect(await failureOf(mcpOauth.finish("ann", noCode))).toEqual(denied);
    const late = await callback();
    await mcpOauth.finish("ann", first);
    expect(await failureOf(mcpOauth.finish("ann", first))).toEqual(invalid);
    expect(issuer.redemptions()).toBe(1);
    test.advance(10 * 60_000 + 1);
    expect(await failureOf(mcpOauth.finish("ann", late))).toEqual(invalid);
  });

  it("is refreshed by one of two processes that find the token expired at once, and both calls succeed", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    const db = await openTestDatabase("mysql");
    await using one = await openSignInServices(db);
    await using two = await openSignInServices(db);
    const serverId = await one.register("ann", server.url);
    await one.signIn("ann", serverId);
    await Promise.all([one.echo("ann", serverId, "1"), two.echo("ann", serverId, "2")]);
    for (let round = 1; round <= 3; round++) {
      const before = issuer.redemptions();
      for (const test of [one, two]) test.advance(2 * hourMs);
      const calls = Array.from({ length: 6 }, (_, at) => (at % 2 ? one : two).echo("ann", serverId, `${round}.${at}`));
      const answers = await Promise.all(calls);
      expect(answers.map(({ result }) => result.isError)).toEqual(answers.map(() => false));
      expect([issuer.redemptions() - before, issuer.refusals()]).toEqual([1, 0]);
    }
    expect(await two.services.mcpOauth.status("ann", serverId)).toMatchObject({ state: "connected" });
  });

  it("is over, without a storm, when the issuer says so or a fresh token is refused", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const { mcpOauth } = test.services;
    const serverId = await test.register("ann", server.url);
    await test.signIn("ann", serverId);
    await test.echo("ann", serverId, "x");
    server.refuses = () => true;
    test.advance(5 * 60_000);
    for (let call = 0; call < 5; call++)
      expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
    expect(issuer.redemptions()).toBe(2);
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "needs_sign_in" });
    server.refuses = () => false;
    await test.signIn("ann", serverId);
    expect(await test.echo("ann", serverId, "y")).toMatchObject({ result: { isError: false } });
  });

  it("asks for more when the server does, and sends what it has meanwhile", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const { mcpOauth } = test.services;
    const serverId = await test.register("ann", server.url);
    await test.signIn("ann", serverId);
    server.wantsScope = "mcp mcp:admin";
    expect(await failureOf(test.echo("ann", serverId, "x"))).toMatchObject({ code: "mcp.needs_sign_in" });
    expect(await mcpOauth.status("ann", serverId)).toMatchObject({ state: "needs_sign_in" });
    const { authorizationUrl } = await mcpOauth.start("ann", { serverId });
    expect(new URL(authorizationUrl).searchParams.get("scope")?.split(" ")).toContain("mcp:admin");
    server.wantsScope = "";
    expect(await test.echo("ann", serverId, "x")).toMatchObject({ result: { isError: false } });
    expect(issuer.redemptions()).toBe(1);
  });

  it("is renewed when a relayed request is refused, for the requests that follow", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const serverId = await test.register("ann", server.url);
    await test.signIn("ann", serverId);
    const serveProgram = async () => {};
    const resolver = createServerResolver(test.services.mcp, { serveProgram });
    const before = await resolver.resolveServer("ann", serverId);
    test.advance(5 * 60_000);
    before?.onRefused?.(401, null);
    const token = async () => (await resolver.resolveServer("ann", serverId))?.headers["authorization"];
    expect(before?.headers["authorization"]).toMatch(/^Bearer /);
    await vi.waitFor(async () => expect(await token()).not.toBe(before?.headers["authorization"]), 10_000);
    expect(await token()).toMatch(/^Bearer /);
  });

  it("survives an answer of the token endpoint that is lost, as far as it was not taken in", async () => {
    await using issuer = await openRotatingIssuer();
    await using server = await openProtectedServer(issuer);
    await using test = await openSignInServices(await openTestDatabase("sqlite"));
    const serverId = await test.register("ann", server.url);
    await test.signIn("ann", serverId);
    let lost = 0;
    issuer.intercept((path) => (path === "/token" && lost++ === 0 ? "lose_request" : undefined));
    test.advance(2 * hourMs);
    expect(await test.echo("ann", serverId, "y")).toMatchObject({ result: { isError: false } });
    expect([lost, issuer.redemptions()]).toEqual([2, 2]);
  });
});

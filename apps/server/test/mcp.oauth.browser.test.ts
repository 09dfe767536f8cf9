import { oauthExample, openPublishedServer } from "@chatee/mcp-proxy/connections/testing/published-server";
import { expect, it } from "vitest";
import { openChromium } from "./chat-page.ts";
import { createTestServer, openClient } from "./create-test-server.ts";

it(
  "brings a browser back from another site signed in, although its cookie stays behind on the way",
  {
    timeout: 120_000,
  },
  async () => {
    await using example = await openPublishedServer(oauthExample);
    await using server = await createTestServer({ env: { CHATEE_MCP__ALLOW_ADDRESSES: "127.0.0.0/8,::1/128" } });
    await using typed = openClient(server);
    await using chromium = await openChromium();
    const { mcp } = typed.client;
    const { serverId } = await mcp.create.mutate({ name: "Example", url: `${example.origin}/mcp` });
    const { authorizationUrl } = await mcp.oauth.start.mutate({ serverId });

    const context = await chromium.openContext();
    const body = JSON.stringify({ token: server.token });
    const headers = { "content-type": "application/json" };
    const signedIn = await fetch(`${server.url}/auth/sign-in`, { method: "POST", headers, body });
    const [pair = ""] = signedIn.headers.get("set-cookie")?.split(";") ?? [];
    const at = pair.indexOf("=");
    const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.url };
    await context.addCookies([{ ...cookie, httpOnly: true, sameSite: "Strict" }]);

    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error") errors.push(line.text());
    });
    // From a page of the other site, as after its consent screen.
    await page.goto(`${example.origin}/nowhere`);
    errors.length = 0;
    await page.evaluate(`location.assign(${JSON.stringify(authorizationUrl)})`);
    await page.locator("body[data-state=done]").waitFor();
    expect(await page.getByRole("status").textContent()).toContain("You are signed in");
    expect(page.url()).toBe(`${server.url}/mcp/oauth/callback`);
    expect(await mcp.oauth.status.query({ serverId })).toMatchObject({ state: "connected" });
    await page.goto(`${server.url}/mcp/oauth/callback?code=c&state=s`);
    await page.locator("body[data-state=failed]").waitFor();
    expect(await page.getByRole("status").textContent()).toContain("Start again");
    expect(errors.filter((text) => !text.includes("400"))).toEqual([]);

    // Opened under another name, which is where the cookie is then: the browser comes back to that one.
    await mcp.oauth.disconnect.mutate({ serverId });
    await context.clearCookies();
    const local = server.url.replace("127.0.0.1", "localhost");
    await context.addCookies([{ ...cookie, url: local, httpOnly: true, sameSite: "Strict" }]);
    await page.goto(`${local}/health`);
    const begun = await page.evaluate(`fetch("/trpc/mcp.oauth.start", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ json: { serverId: ${JSON.stringify(serverId)} } }),
    }).then((response) => response.json())`);
    const { result } = begun as { result: { data: { json: { authorizationUrl: string } } } };
    const away = new URL(result.data.json.authorizationUrl);
    expect(away.searchParams.get("redirect_uri")).toBe(`${server.url}/mcp/oauth/callback`);
    await page.goto(`${example.origin}/nowhere`);
    await page.evaluate(`location.assign(${JSON.stringify(away.href)})`);
    await page.locator("body[data-state=done]").waitFor();
    expect(page.url()).toBe(`${local}/mcp/oauth/callback`);
    expect(await mcp.oauth.status.query({ serverId })).toMatchObject({ state: "connected" });
  },
);

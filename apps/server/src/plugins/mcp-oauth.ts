import { createHash } from "node:crypto";
import { originIn } from "@chatee/api/mcp/mcp-oauth.service";
import type { McpOauthService } from "@chatee/api/mcp/mcp-oauth.service";
import { finishSignIn } from "@chatee/shared/mcp-oauth";
import type { FastifyPluginAsync } from "fastify";
import type { Doors } from "../doors.ts";
import { callerOf } from "../caller-of.ts";
import { callbackPath, clientDocumentPath, clientName } from "../mcp-oauth-host.ts";
import { parseInput } from "../rest/refusals.ts";
import { toWire } from "../rest/wire.ts";

export type McpOauthPluginOptions = {
  oauth: Pick<McpOauthService, "finish" | "redirectUri" | "clientMetadataUrl">;
  doors: Pick<Doors, "isOtherAddress">;
};

/**
 * The browser comes from another site, so the cookie that says who it is stays behind (SameSite=Strict), and a GET
 * changes nothing: this page, which is ours, sends what it was given on. The code leaves the address bar first. Electron's
 * window shows the same page; a program that caught the redirect posts what it caught.
 */
const script = `
const given = new URLSearchParams(location.search);
history.replaceState(null, "", location.pathname);
const body = {};
for (const name of ["state", "code", "iss"]) if (given.has(name)) body[name] = given.get(name);
const say = (text, state) => {
  document.querySelector("p").textContent = text;
  document.body.dataset.state = state;
};
const channel = new BroadcastChannel("chatee.mcp.oauth");
fetch(location.pathname, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
}).then(async (response) => {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  channel.postMessage({ serverId: answer.server_id });
  say("You are signed in. You can close this window.", "done");
  window.close();
}).catch((error) => say(error.message || "Signing in failed. Start again.", "failed"));
`;
const style = `body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;color-scheme:light dark}`;
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>chatee</title><style>${style}</style><body><p role="status">Signing in …</p><script>${script}</script></body></html>`;
const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Where authorization servers send people back to. */
export const mcpOauthPlugin: FastifyPluginAsync<McpOauthPluginOptions> = async (app, { oauth, doors }) => {
  app.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
  app.get(`/${callbackPath}`, { config: { isOpen: true, isPage: true } }, async ({ raw }, reply) => {
    const query = new URL(raw.url ?? "", "http://chatee").search;
    const origin = originIn(new URLSearchParams(query).get("state") ?? "");
    // The cookie is where the sign-in was begun, under another name of this server: nowhere else is anybody sent.
    if (origin !== null && doors.isOtherAddress(origin, raw))
      return reply.redirect(`${origin}/${callbackPath}${query}`);
    return reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(page);
  });
  app.post(`/${callbackPath}`, { bodyLimit: 64 * 1024 }, async (request) => {
    const callback = parseInput(finishSignIn, request.body ?? {}) as Parameters<typeof oauth.finish>[1];
    const { serverId } = await oauth.finish(callerOf(request).ownerId, callback);
    return toWire({ success: true, serverId, message: "You are signed in." });
  });
  /** For authorization servers that look clients up by URL. */
  app.get(`/${clientDocumentPath}`, { config: { isOpen: true } }, async (_request, reply) => {
    const clientId = oauth.clientMetadataUrl();
    if (clientId === null) return reply.callNotFound();
    const { clientDocument } = await import("@chatee/mcp-proxy/oauth/oauth-wire");
    return { client_id: clientId, ...clientDocument(clientName, oauth.redirectUri()) };
  });
};

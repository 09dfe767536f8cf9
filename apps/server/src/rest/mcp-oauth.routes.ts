import type { McpServer } from "@chatee/shared/mcp";
import { mcpServerRef } from "@chatee/shared/mcp";
import { startSignIn } from "@chatee/shared/mcp-oauth";
import { DomainError } from "@chatee/shared/failure";
import { z } from "zod";
import { freeForm, instant, maybeInstant, route, success } from "./route.ts";
import type { Call } from "./route.ts";

const statuses = [404, 422];
/** Notion's hosted server: registers whoever asks, as a client without a secret; each refresh token works once. */
const notion = {
  name: "Notion",
  url: "https://mcp.notion.com/mcp",
  type: "http-stream",
  issuer: "https://mcp.notion.com",
  tokenEndpointAuthMethod: "none",
} as const;

const registration = z
  .strictObject({
    registrationId: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    redirectUri: z.string(),
    source: z.string(),
    authMethod: z.string().nullable(),
    hasSecret: z.boolean(),
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "McpClientRegistration" });

async function notionServer(call: Call): Promise<McpServer | null> {
  const { servers } = await call.mcp.list();
  return servers.find(({ url }) => url === notion.url) ?? null;
}

async function notionRegistrations(call: Call) {
  const { clients } = await call.mcp.oauth.clients();
  return clients
    .filter(({ issuer }) => new URL(issuer).host === new URL(notion.url).host)
    .map((client) => ({ ...client, registrationId: client.clientId }));
}

export const mcpOauthRoutes = [
  route({
    method: "POST",
    path: "/api/mcp/oauth/discover",
    summary: "What a registered MCP server, and the authorization server it names, publish about signing in",
    procedures: ["mcp.oauth.discover"],
    body: mcpServerRef,
    answer: z.strictObject({ protectedResource: freeForm, authorizationServer: freeForm }),
    otherStatuses: statuses,
    run: ({ call, body }) => call.mcp.oauth.discover(body),
  }),
  route({
    method: "POST",
    path: "/api/mcp/oauth/authorize",
    summary: "Begin a sign-in: where the browser has to go within ten minutes",
    procedures: ["mcp.oauth.start"],
    body: startSignIn,
    answer: z.strictObject({ authorizationUrl: z.string(), state: z.string(), expiresAtMs: instant }),
    otherStatuses: [...statuses, 429],
    async run({ call, body }) {
      const begun = await call.mcp.oauth.start(body);
      return { ...begun, state: new URL(begun.authorizationUrl).searchParams.get("state") ?? "" };
    },
  }),
  route({
    method: "GET",
    path: "/api/mcp/servers/:server_id/oauth",
    summary: "Whether the owner is signed in to an MCP server",
    procedures: ["mcp.oauth.status"],
    params: mcpServerRef,
    answer: z.strictObject({
      state: z.enum(["connected", "needs_sign_in", "none"]),
      issuer: z.string().nullable(),
      scope: z.string().nullable(),
      expiresAtMs: maybeInstant,
    }),
    run: ({ call, params }) => call.mcp.oauth.status(params),
  }),
  route({
    method: "DELETE",
    path: "/api/mcp/servers/:server_id/oauth",
    summary: "Forget what was granted at an MCP server",
    procedures: ["mcp.oauth.disconnect"],
    params: mcpServerRef,
    answer: success,
    run: ({ call, params }) => call.mcp.oauth.disconnect(params),
  }),
  route({
    method: "GET",
    path: "/api/mcp/oauth/notion/config",
    summary: "Notion's hosted MCP server, and whether it is registered here",
    procedures: ["mcp.list"],
    answer: z.strictObject({
      name: z.string(),
      url: z.string(),
      type: z.string(),
      issuer: z.string(),
      tokenEndpointAuthMethod: z.string(),
      serverId: z.string().nullable(),
    }),
    run: async ({ call }) => ({ ...notion, serverId: (await notionServer(call))?.serverId ?? null }),
  }),
  route({
    method: "POST",
    path: "/api/notion/register",
    summary: "Register Notion's MCP server here, unless it is, and begin the sign-in",
    procedures: ["mcp.list", "mcp.create", "mcp.oauth.start"],
    answer: z.strictObject({ serverId: z.string(), authorizationUrl: z.string(), expiresAtMs: instant }),
    otherStatuses: [422],
    async run({ call }) {
      const { name, url, type } = notion;
      const { serverId } = (await notionServer(call)) ?? (await call.mcp.create({ name, url, type }));
      return { serverId, ...(await call.mcp.oauth.start({ serverId })) };
    },
  }),
  route({
    method: "GET",
    path: "/api/notion/registrations",
    summary: "As whom Notion knows this server",
    procedures: ["mcp.oauth.clients"],
    answer: z.strictObject({ registrations: z.array(registration) }),
    run: async ({ call }) => ({ registrations: await notionRegistrations(call) }),
  }),
  route({
    method: "GET",
    path: "/api/notion/registrations/:registration_id",
    summary: "One registration at Notion",
    procedures: ["mcp.oauth.clients"],
    params: z.object({ registrationId: z.string().min(1).max(2_000) }),
    answer: registration,
    async run({ call, params }) {
      const found = (await notionRegistrations(call)).find((one) => one.registrationId === params.registrationId);
      if (!found) throw new DomainError({ code: "page.not_found" });
      return found;
    },
  }),
];

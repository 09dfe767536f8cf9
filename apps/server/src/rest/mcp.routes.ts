import {
  approveMcpServer,
  callMcpTool,
  createMcpServer,
  mcpServerRef,
  mcpServerType,
  toolPolicy,
  updateMcpServer,
} from "@chatee/shared/mcp";
import type { McpServer, McpToolDefinition } from "@chatee/shared/mcp";
import { z } from "zod";
import { flagInQuery, freeForm, instant, maybeInstant, route, success } from "./route.ts";

const server = z
  .strictObject({
    serverId: z.string(),
    id: z.string(),
    name: z.string(),
    displayName: z.string().nullable(),
    clientName: z.string().nullable(),
    type: mcpServerType,
    url: z.string().nullable(),
    enabled: z.boolean(),
    useProxy: z.boolean(),
    description: z.string().nullable(),
    metadata: freeForm,
    ext: freeForm,
    allowReadOnly: z.boolean(),
    approvalHash: z.string().nullable(),
    approved: z.boolean(),
    createdAtMs: instant,
    updatedAtMs: instant,
  })
  .meta({ id: "McpServer" });
const written = server.extend({ message: z.string() }).meta({ id: "McpServerWritten" });

const definition = {
  name: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  inputSchema: freeForm,
  outputSchema: freeForm,
  annotations: freeForm,
};
const tool = z
  .strictObject({
    ...definition,
    policy: toolPolicy,
    hash: z.string(),
    approval: z.enum(["new", "allowed", "changed"]),
    changes: freeForm,
    hiddenIn: z.array(z.string()),
    renamedFrom: z.string().nullable(),
  })
  .meta({ id: "McpTool" });
const health = z
  .strictObject({
    serverId: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    reachable: z.boolean().nullable(),
    needsAuth: z.boolean().nullable(),
    era: z.enum(["modern", "legacy", "legacy-sse"]).nullable(),
    eraAtMs: maybeInstant,
    latencyMs: z.int().nullable(),
    toolsChangedAtMs: maybeInstant,
    lastError: z.string().nullable(),
    checkedAtMs: maybeInstant,
  })
  .meta({ id: "McpServerHealth" });

/** Old clients know a server by `id`. */
const shown = (one: McpServer) => ({ ...one, id: one.serverId });
const whole = <T extends McpToolDefinition>(one: T) => ({ ...noneOfIt, ...one });
const noneOfIt = { title: null, description: null, outputSchema: null, annotations: null };
const serverPath = "/api/mcp/servers/:server_id";

export const mcpRoutes = [
  route({
    method: "GET",
    path: "/api/mcp/servers",
    summary: "All MCP servers; values of their environment and headers are masked",
    procedures: ["mcp.list"],
    answer: z.strictObject({ servers: z.array(server), total: z.int() }),
    async run({ call }) {
      const { servers, total } = await call.mcp.list();
      return { servers: servers.map(shown), total };
    },
  }),
  route({
    method: "POST",
    path: "/api/mcp/servers",
    summary: "Register an MCP server; a local program does not start before it is approved",
    procedures: ["mcp.create"],
    body: createMcpServer,
    answer: written,
    status: 201,
    otherStatuses: [409],
    run: async ({ call, body }) => ({
      ...shown(await call.mcp.create(body)),
      message: "The MCP server was registered.",
    }),
  }),
  route({
    method: "GET",
    path: "/api/mcp/health",
    summary: "How every MCP server stands, fact by fact",
    procedures: ["mcp.health"],
    answer: z.strictObject({ servers: z.array(health) }),
    run: ({ call }) => call.mcp.health(),
  }),
  route({
    method: "GET",
    path: serverPath,
    summary: "One MCP server, with the hash that an approval of it must name",
    procedures: ["mcp.get"],
    params: mcpServerRef,
    answer: server,
    run: async ({ call, params }) => shown(await call.mcp.get(params)),
  }),
  route({
    method: "PUT",
    path: serverPath,
    summary: "Change an MCP server; a masked value keeps what is stored, another command takes the approval back",
    procedures: ["mcp.update"],
    params: mcpServerRef,
    body: updateMcpServer.omit({ serverId: true }),
    answer: written,
    otherStatuses: [422],
    run: async ({ call, params, body }) => ({
      ...shown(await call.mcp.update({ ...body, ...params })),
      message: "The MCP server was saved.",
    }),
  }),
  route({
    method: "DELETE",
    path: serverPath,
    summary: "Remove an MCP server",
    procedures: ["mcp.delete"],
    params: mcpServerRef,
    answer: success.extend({ message: z.string() }),
    run: async ({ call, params }) => ({
      ...(await call.mcp.delete(params)),
      message: "The MCP server was removed.",
    }),
  }),
  route({
    method: "POST",
    path: `${serverPath}/approve`,
    summary: "Approve a local program: exactly the command, arguments, environment and folder that the hash names",
    procedures: ["mcp.approve"],
    params: mcpServerRef,
    body: approveMcpServer.omit({ serverId: true }),
    answer: written,
    otherStatuses: [409, 422],
    run: async ({ call, params, body }) => ({
      ...shown(await call.mcp.approve({ ...body, ...params })),
      message: "The program was approved.",
    }),
  }),
  route({
    method: "POST",
    path: `${serverPath}/test`,
    summary: "Connect and list the tools; a server that fails is an answer, one that wants a sign-in is a 401",
    procedures: ["mcp.test"],
    params: mcpServerRef,
    answer: z.strictObject({
      success: z.boolean(),
      tools: z.array(z.strictObject(definition)).nullable(),
      error: z.string().nullable(),
      message: z.string().nullable(),
      latencyMs: z.number(),
      requiresOauth: z.boolean(),
    }),
    statusOf: ({ requiresOauth }) => (requiresOauth ? 401 : 200),
    otherStatuses: [401],
    async run({ call, params }) {
      const { needsSignIn, tools = [], error = null, ...rest } = await call.mcp.test(params);
      const shownTools = rest.success ? tools.map(whole) : null;
      return { ...rest, tools: shownTools, error, message: error, requiresOauth: needsSignIn };
    },
  }),
  route({
    method: "GET",
    path: `${serverPath}/tools`,
    summary: "The tools of a server beside what was said of them",
    procedures: ["mcp.tools"],
    params: mcpServerRef,
    query: z.object({ refresh: flagInQuery.default(false) }),
    answer: z.strictObject({ tools: z.array(tool) }),
    otherStatuses: [422, 502, 504],
    async run({ call, params, query }) {
      const { tools } = await call.mcp.tools({ ...params, ...query });
      return { tools: tools.map(whole) };
    },
  }),
  route({
    method: "POST",
    path: `${serverPath}/call`,
    summary: "Call a tool",
    procedures: ["mcp.call"],
    params: mcpServerRef,
    body: callMcpTool.omit({ serverId: true }),
    answer: z.strictObject({ result: freeForm }),
    otherStatuses: [422, 502, 504],
    run: ({ call, params, body }) => call.mcp.call.call(null, { ...body, ...params }),
  }),
  route({
    method: "GET",
    path: `${serverPath}/stderr`,
    summary: "The end of what a local program wrote beside its answers",
    procedures: ["mcp.stderr"],
    params: mcpServerRef,
    answer: z.strictObject({ stderr: z.string() }),
    run: ({ call, params }) => call.mcp.stderr(params),
  }),
];

import {
  approveMcpServer,
  approveTool,
  callMcpTool,
  createMcpServer,
  getMcpPrompt,
  listMcpTools,
  mcpServerRef,
  readMcpResource,
  setToolPolicy,
  updateMcpServer,
} from "@chatee/shared/mcp";
import { finishSignIn, startSignIn } from "@chatee/shared/mcp-oauth";
import { procedure } from "../trpc.ts";

const never = new AbortController().signal;

/**
 * A record, not a router of its own: tRPC keeps the word `call` to itself on its callers (a caller without a wire says
 * `caller.mcp.call.call(null, input)`), while on the wire it is a name like any other.
 */
export const mcpRouter = {
  list: procedure.query(({ ctx }) => ctx.services.mcp.list(ctx.ownerId)),
  get: procedure.input(mcpServerRef).query(({ ctx, input }) => ctx.services.mcp.get(ctx.ownerId, input.serverId)),
  create: procedure.input(createMcpServer).mutation(({ ctx, input }) => ctx.services.mcp.create(ctx.ownerId, input)),
  update: procedure.input(updateMcpServer).mutation(({ ctx, input }) => ctx.services.mcp.update(ctx.ownerId, input)),
  delete: procedure.input(mcpServerRef).mutation(async ({ ctx, input }) => {
    await ctx.services.mcp.remove(ctx.ownerId, input.serverId);
    return { success: true };
  }),
  approve: procedure
    .input(approveMcpServer)
    .mutation(({ ctx, input }) => ctx.services.mcp.approve(ctx.ownerId, input.serverId, input.hash)),
  test: procedure
    .input(mcpServerRef)
    .mutation(({ ctx, input, signal }) => ctx.services.mcp.test(ctx.ownerId, input.serverId, signal)),
  health: procedure.query(({ ctx }) => ctx.services.mcp.health(ctx.ownerId)),
  stderr: procedure.input(mcpServerRef).query(({ ctx, input }) => ctx.services.mcp.stderr(ctx.ownerId, input.serverId)),
  tools: procedure
    .input(listMcpTools)
    .query(({ ctx, input, signal }) => ctx.services.mcp.tools(ctx.ownerId, input, signal)),
  toolPolicy: procedure.input(setToolPolicy).mutation(async ({ ctx, input }) => {
    await ctx.services.mcp.setToolPolicy(ctx.ownerId, input);
    return { success: true };
  }),
  approveTool: procedure.input(approveTool).mutation(async ({ ctx, input, signal }) => {
    await ctx.services.mcp.approveTool(ctx.ownerId, input, signal);
    return { success: true };
  }),
  /** A mutation: nobody but the tool knows what it does. */
  call: procedure
    .input(callMcpTool)
    .mutation(({ ctx, input, signal }) => ctx.services.mcp.call(ctx.ownerId, input, signal ?? never)),
  resources: procedure
    .input(mcpServerRef)
    .query(({ ctx, input, signal }) => ctx.services.mcp.resources(ctx.ownerId, input.serverId, signal)),
  readResource: procedure
    .input(readMcpResource)
    .query(({ ctx, input, signal }) => ctx.services.mcp.readResource(ctx.ownerId, input, signal)),
  prompts: procedure
    .input(mcpServerRef)
    .query(({ ctx, input, signal }) => ctx.services.mcp.prompts(ctx.ownerId, input.serverId, signal)),
  getPrompt: procedure
    .input(getMcpPrompt)
    .query(({ ctx, input, signal }) => ctx.services.mcp.getPrompt(ctx.ownerId, input, signal)),
  oauth: {
    start: procedure
      .input(startSignIn)
      .mutation(({ ctx, input, signal }) =>
        ctx.services.mcpOauth.start(ctx.ownerId, { ...input, pageOrigin: ctx.pageOrigin }, signal),
      ),
    finish: procedure
      .input(finishSignIn)
      .mutation(({ ctx, input }) => ctx.services.mcpOauth.finish(ctx.ownerId, input)),
    status: procedure
      .input(mcpServerRef)
      .query(({ ctx, input }) => ctx.services.mcpOauth.status(ctx.ownerId, input.serverId)),
    disconnect: procedure.input(mcpServerRef).mutation(async ({ ctx, input }) => {
      await ctx.services.mcpOauth.disconnect(ctx.ownerId, input.serverId);
      return { success: true };
    }),
    discover: procedure
      .input(mcpServerRef)
      .query(({ ctx, input, signal }) => ctx.services.mcpOauth.discover(ctx.ownerId, input.serverId, signal)),
    clients: procedure.query(({ ctx }) => ctx.services.mcpOauth.clients(ctx.ownerId)),
  },
  events: procedure.subscription(async function* ({ ctx, signal }) {
    yield* ctx.services.mcp.events(ctx.ownerId, signal ?? never);
  }),
};

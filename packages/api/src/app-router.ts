import { accessRouter } from "./access/access.router.ts";
import { dataRouter } from "./data/data.router.ts";
import { filesRouter } from "./files/files.router.ts";
import { interactionsRouter } from "./interactions/interactions.router.ts";
import { llmRouter } from "./llm/llm.router.ts";
import { mcpRouter } from "./mcp/mcp.router.ts";
import { messagesRouter } from "./messages/messages.router.ts";
import { roundtablesRouter } from "./roundtables/roundtables.router.ts";
import { sessionsRouter } from "./sessions/sessions.router.ts";
import { systemRouter } from "./system/system.router.ts";
import { createCallerFactory, router } from "./trpc.ts";
import { usageRouter } from "./usage/usage.router.ts";
import { workflowsRouter } from "./workflows/workflows.router.ts";

export const appRouter = router({
  system: systemRouter,
  access: accessRouter,
  llm: llmRouter,
  sessions: sessionsRouter,
  messages: messagesRouter,
  workflows: workflowsRouter,
  roundtables: roundtablesRouter,
  mcp: mcpRouter,
  interactions: interactionsRouter,
  usage: usageRouter,
  data: dataRouter,
  files: filesRouter,
});
export type AppRouter = typeof appRouter;

/** Calls procedures without a wire: for tests and for the REST face. */
export const createCaller = createCallerFactory(appRouter);

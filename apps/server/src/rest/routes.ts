import { fileRoutes } from "./files.routes.ts";
import { interactionRoutes } from "./interactions.routes.ts";
import { llmRoutes } from "./llm.routes.ts";
import { mcpOauthRoutes } from "./mcp-oauth.routes.ts";
import { mcpRoutes } from "./mcp.routes.ts";
import { messageRoutes } from "./messages.routes.ts";
import { roundTableRoutes } from "./roundtables.routes.ts";
import type { RestRoute } from "./route.ts";
import { sessionRoutes } from "./sessions.routes.ts";
import { systemRoutes } from "./system.routes.ts";
import { workflowRoutes } from "./workflows.routes.ts";

/** Everything the REST face answers. */
export const restRoutes: readonly RestRoute[] = [
  ...systemRoutes,
  ...llmRoutes,
  ...sessionRoutes,
  ...messageRoutes,
  ...workflowRoutes,
  ...roundTableRoutes,
  ...mcpRoutes,
  ...mcpOauthRoutes,
  ...interactionRoutes,
  ...fileRoutes,
];

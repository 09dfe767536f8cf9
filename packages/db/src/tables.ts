import { accessTables } from "./access.tables.ts";
import type { Kit } from "./dialect/kit.sqlite.ts";
import { fileTables } from "./files.tables.ts";
import { interactionTables } from "./interactions.tables.ts";
import { llmTables } from "./llm.tables.ts";
import { mcpOauthTables } from "./mcp.oauth.tables.ts";
import { mcpTables } from "./mcp.tables.ts";
import { messageTables } from "./messages.tables.ts";
import { roundTableTables } from "./roundtables.tables.ts";
import { runTables } from "./runs.tables.ts";
import { messageSearchTables } from "./search/message-search.tables.ts";
import { sessionTables } from "./sessions.tables.ts";
import { streamTables } from "./streams.tables.ts";
import { usageTables } from "./usage.tables.ts";
import { workflowTables } from "./workflows.tables.ts";

export function createTables(kit: Kit) {
  return {
    ...accessTables(kit),
    ...llmTables(kit),
    ...sessionTables(kit),
    ...messageTables(kit),
    ...messageSearchTables(kit),
    ...workflowTables(kit),
    ...roundTableTables(kit),
    ...runTables(kit),
    ...streamTables(kit),
    ...mcpTables(kit),
    ...mcpOauthTables(kit),
    ...interactionTables(kit),
    ...fileTables(kit),
    ...usageTables(kit),
  };
}
export type Tables = ReturnType<typeof createTables>;

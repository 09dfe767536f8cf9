import { mysqlKit } from "../src/dialect/kit.mysql.ts";
import { createTables } from "../src/tables.ts";

export const {
  accessTokens,
  settings,
  auditLog,
  llmConfigs,
  sessions,
  summaries,
  messages,
  messageExecutions,
  messageSearchBacklog,
  workflows,
  roundTables,
  roundTableParticipants,
  roundTableMessages,
  roundTableResponses,
  runs,
  runSteps,
  eventStreams,
  eventLog,
  mcpServers,
  mcpFacts,
  mcpTools,
  interactions,
} = createTables(mysqlKit);

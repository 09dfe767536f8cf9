import { jsonObject } from "@chatee/shared/json";
import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * mcp_servers: where tools come from. `ext` holds how a program is started and which headers go along, with masks in
 * place of values; the values are in `secretsCipher` (see the api's secrets). A program may start only while
 * `approvedHash` is the hash of exactly what would be started.
 *
 * mcp_facts: what was last found out about a server for one owner; each column is a fact of its own, null is "nobody
 * knows". Losing a row costs a question.
 *
 * mcp_tools: what an owner said about one tool. `definition` is what they saw, `pending` what the server says now, where
 * that is something else. `allowedHash` is the hash of the definition that may be called without asking, null for none.
 */
export function mcpTables(kit: Kit) {
  const mcpServers = kit.table(
    "mcp_servers",
    {
      serverId: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      name: kit.label(200).notNull(),
      displayName: kit.label(200),
      clientName: kit.label(200),
      type: kit.id().notNull(),
      url: kit.label(2000),
      enabled: kit.flag().notNull(),
      useProxy: kit.flag().notNull(),
      description: kit.body(),
      metadata: kit.json(jsonObject),
      ext: kit.json(jsonObject),
      secretsCipher: kit.body(),
      allowReadOnly: kit.flag().notNull(),
      approvedHash: kit.id(),
      approvedAtMs: kit.instantMs(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.index("mcp_servers_owner_created").on(t.ownerId, t.createdAtMs, t.serverId)],
  );
  const mcpFacts = kit.table(
    "mcp_facts",
    {
      serverId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      reachable: kit.flag(),
      needsAuth: kit.flag(),
      era: kit.id(),
      eraAtMs: kit.instantMs(),
      latencyMs: kit.count(),
      toolsHash: kit.id(),
      toolsChangedAtMs: kit.instantMs(),
      /** In our own words. */
      lastError: kit.body(),
      checkedAtMs: kit.instantMs(),
    },
    (t) => [kit.primaryKey({ columns: [t.serverId, t.ownerId] })],
  );
  const mcpTools = kit.table(
    "mcp_tools",
    {
      serverId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      name: kit.label(255).notNull(),
      /** Null: as the server's other settings say. */
      policy: kit.id(),
      hash: kit.id(),
      definition: kit.json(jsonObject),
      pending: kit.json(jsonObject),
      allowedHash: kit.id(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.primaryKey({ columns: [t.serverId, t.ownerId, t.name] })],
  );
  return { mcpServers, mcpFacts, mcpTools };
}

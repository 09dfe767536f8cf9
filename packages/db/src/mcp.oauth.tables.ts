import type { Kit } from "./dialect/kit.sqlite.ts";

/**
 * mcp_oauth_clients: as whom an owner's chatee is known to an authorization server. One for each issuer, kept for ever:
 * another registration would orphan the tokens that were granted to this one.
 *
 * mcp_oauth_tokens: what an owner was granted at one server. `state` is `connected` or `needs_sign_in`; a row of the
 * latter keeps nothing that works any more. The tokens go to `serverOrigin` and nowhere else. `version` goes up with
 * each write: whoever refreshes first takes the lease, by the version they saw, and only they may store the new tokens.
 * `wantedScope` is what the server asked for beyond `scope`.
 *
 * mcp_oauth_states: a sign-in that was begun: `open`, until `usedAtMs` is set or `expiresAtMs` has passed. The state
 * itself is kept nowhere, and its hash with the owner finds the row.
 */
export function mcpOauthTables(kit: Kit) {
  const mcpOauthClients = kit.table(
    "mcp_oauth_clients",
    {
      ownerId: kit.id().notNull(),
      issuer: kit.label(500).notNull(),
      clientId: kit.label(2000).notNull(),
      secretCipher: kit.body(),
      redirectUri: kit.label(2000).notNull(),
      /** `preregistered`, `cimd` or `dcr`. */
      source: kit.id().notNull(),
      authMethod: kit.id(),
      createdAtMs: kit.instantMs().notNull(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.primaryKey({ columns: [t.ownerId, t.issuer] })],
  );
  const mcpOauthTokens = kit.table(
    "mcp_oauth_tokens",
    {
      serverId: kit.id().notNull(),
      ownerId: kit.id().notNull(),
      serverOrigin: kit.label(500).notNull(),
      issuer: kit.label(500).notNull(),
      resource: kit.label(2000).notNull(),
      state: kit.id().notNull(),
      grantCipher: kit.body(),
      scope: kit.body(),
      wantedScope: kit.body(),
      obtainedAtMs: kit.instantMs().notNull(),
      /** Null: for ever, as far as anybody said. */
      expiresAtMs: kit.instantMs(),
      /** From when on it is refreshed although it is still good. */
      refreshAtMs: kit.instantMs(),
      version: kit.count().notNull(),
      leaseUntilMs: kit.instantMs(),
      updatedAtMs: kit.instantMs().notNull(),
    },
    (t) => [kit.primaryKey({ columns: [t.serverId, t.ownerId] })],
  );
  const mcpOauthStates = kit.table(
    "mcp_oauth_states",
    {
      stateHash: kit.id().primaryKey(),
      ownerId: kit.id().notNull(),
      serverId: kit.id().notNull(),
      /** The PKCE verifier and everything the answer is checked against. */
      detailsCipher: kit.body().notNull(),
      createdAtMs: kit.instantMs().notNull(),
      expiresAtMs: kit.instantMs().notNull(),
      usedAtMs: kit.instantMs(),
    },
    (t) => [kit.index("mcp_oauth_states_owner").on(t.ownerId, t.expiresAtMs)],
  );
  return { mcpOauthClients, mcpOauthTokens, mcpOauthStates };
}

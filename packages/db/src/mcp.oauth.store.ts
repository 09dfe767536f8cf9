import { and, asc, count, eq, gt, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Database } from "./database.ts";
import { createRemembered } from "./remembered.ts";
import { insert, remove, update, upsert } from "./statements.ts";
import type { Tables } from "./tables.ts";

export type OauthClientRow = Tables["mcpOauthClients"]["$inferSelect"];
export type OauthTokensRow = Tables["mcpOauthTokens"]["$inferSelect"];
export type OauthStateRow = Tables["mcpOauthStates"]["$inferSelect"];
export type OauthTokensChange = Partial<Omit<OauthTokensRow, "serverId" | "ownerId" | "version">>;

export type McpOauthStore = ReturnType<typeof createMcpOauthStore>;

/** What owners were granted at MCP servers, and what is needed to get it. Everything secret comes and goes sealed. */
export function createMcpOauthStore(db: Database) {
  const { mcpOauthClients: clients, mcpOauthTokens: tokens, mcpOauthStates: states } = db.tables;
  const granted = (ownerId: string, serverId: string) =>
    and(eq(tokens.serverId, serverId), eq(tokens.ownerId, ownerId));

  // Asked for with every request through the relay.
  const rememberedTokens = createRemembered<OauthTokensRow>(db);
  const tokensOf = db.prepareRead(
    db.read
      .select()
      .from(tokens)
      .where(and(eq(tokens.serverId, sql.placeholder("serverId")), eq(tokens.ownerId, sql.placeholder("ownerId"))))
      .limit(1),
  );

  return {
    async findClient(ownerId: string, issuer: string): Promise<OauthClientRow | undefined> {
      const [row] = await db.read
        .select()
        .from(clients)
        .where(and(eq(clients.ownerId, ownerId), eq(clients.issuer, issuer)))
        .limit(1);
      return row;
    },
    /** An owner's registrations, oldest first. */
    async listClients(ownerId: string, limit: number): Promise<OauthClientRow[]> {
      return await db.read
        .select()
        .from(clients)
        .where(eq(clients.ownerId, ownerId))
        .orderBy(asc(clients.createdAtMs), asc(clients.issuer))
        .limit(limit);
    },
    async saveClient(ownerId: string, client: Omit<OauthClientRow, "ownerId">): Promise<void> {
      const { issuer: _issuer, createdAtMs: _at, ...change } = client;
      await db.write(upsert(clients, { ...client, ownerId }, change));
    },
    /** Forgets a registration that its authorization server has lost, unless another took its place, or a person brought it. */
    async removeRegistration(ownerId: string, issuer: string, clientId: string): Promise<void> {
      const lost = and(eq(clients.ownerId, ownerId), eq(clients.issuer, issuer), eq(clients.clientId, clientId));
      await db.write(remove(clients, and(lost, eq(clients.source, "dcr"))));
    },

    findTokens: (ownerId: string, serverId: string): MaybePromise<OauthTokensRow | undefined> =>
      rememberedTokens(`${ownerId}\n${serverId}`, async () => (await tokensOf({ ownerId, serverId }))[0]),
    /** What a sign-in brought, in place of whatever was there. Who refreshes at the moment finds another version. */
    async saveTokens(ownerId: string, row: Omit<OauthTokensRow, "ownerId" | "version">): Promise<void> {
      const { serverId: _id, ...change } = row;
      const version = sql`${tokens.version} + 1`;
      await db.write(upsert(tokens, { ...row, ownerId, version: 1 }, { ...change, version }));
    },
    /** Takes the right to refresh, until an instant; false when somebody wrote since the row was seen, or holds it. */
    async lease(
      ownerId: string,
      seen: Pick<OauthTokensRow, "serverId" | "version">,
      { nowMs, untilMs }: { nowMs: number; untilMs: number },
    ): Promise<boolean> {
      const isFree = or(isNull(tokens.leaseUntilMs), lte(tokens.leaseUntilMs, nowMs));
      const where = and(granted(ownerId, seen.serverId), eq(tokens.version, seen.version), isFree);
      const [touched] = await db.write(update(tokens, { leaseUntilMs: untilMs, version: seen.version + 1 }, where));
      return touched === 1;
    },
    /** Changes the row as it was seen; false when it was written since. */
    async change(
      ownerId: string,
      seen: Pick<OauthTokensRow, "serverId" | "version">,
      change: OauthTokensChange,
    ): Promise<boolean> {
      const where = and(granted(ownerId, seen.serverId), eq(tokens.version, seen.version));
      const [touched] = await db.write(update(tokens, { ...change, version: seen.version + 1 }, where));
      return touched === 1;
    },
    /** Whose tokens it is time to refresh, longest due first, and nobody does at the moment; of every owner. */
    async listDue(nowMs: number, limit: number): Promise<Pick<OauthTokensRow, "ownerId" | "serverId">[]> {
      const isFree = or(isNull(tokens.leaseUntilMs), lte(tokens.leaseUntilMs, nowMs));
      return await db.read
        .select({ ownerId: tokens.ownerId, serverId: tokens.serverId })
        .from(tokens)
        .where(and(eq(tokens.state, "connected"), lte(tokens.refreshAtMs, nowMs), isFree))
        .orderBy(asc(tokens.refreshAtMs), asc(tokens.serverId))
        .limit(limit);
    },
    async removeTokens(ownerId: string, serverId: string): Promise<boolean> {
      const [touched] = await db.write(
        remove(tokens, granted(ownerId, serverId)),
        remove(states, and(eq(states.serverId, serverId), eq(states.ownerId, ownerId))),
      );
      return touched === 1;
    },

    /** Begins a sign-in; what has expired of the owner's goes with it. */
    async openState(ownerId: string, row: Omit<OauthStateRow, "ownerId" | "usedAtMs">): Promise<void> {
      await db.write(
        remove(states, and(eq(states.ownerId, ownerId), lte(states.expiresAtMs, row.createdAtMs))),
        insert(states, { ...row, ownerId, usedAtMs: null }),
      );
    },
    async countStates(ownerId: string, nowMs: number): Promise<number> {
      const [row] = await db.read
        .select({ total: count() })
        .from(states)
        .where(and(eq(states.ownerId, ownerId), gt(states.expiresAtMs, nowMs)));
      return row?.total ?? 0;
    },
    /** Whether a sign-in at this server was begun that may still come back. */
    async hasOpenState(ownerId: string, serverId: string, nowMs: number): Promise<boolean> {
      const isOpen = and(isNull(states.usedAtMs), gt(states.expiresAtMs, nowMs));
      const [row] = await db.read
        .select({ stateHash: states.stateHash })
        .from(states)
        .where(and(eq(states.ownerId, ownerId), eq(states.serverId, serverId), isOpen))
        .limit(1);
      return row !== undefined;
    },
    /** Uses up a state, once; undefined when it is another owner's, used, expired or was never there. */
    async takeState(ownerId: string, stateHash: string, nowMs: number): Promise<OauthStateRow | undefined> {
      const found = and(eq(states.stateHash, stateHash), eq(states.ownerId, ownerId));
      const [touched] = await db.write(
        update(states, { usedAtMs: nowMs }, and(found, isNull(states.usedAtMs), gt(states.expiresAtMs, nowMs))),
      );
      if (touched !== 1) return undefined;
      const [row] = await db.read.select().from(states).where(found).limit(1);
      return row;
    },

    /** Sealed grants of every owner, for key rotation; goes on after the server and owner last seen. */
    async listSealedTokens(
      after: { serverId: string; ownerId: string },
      limit: number,
    ): Promise<Pick<OauthTokensRow, "serverId" | "ownerId" | "version" | "grantCipher">[]> {
      const isLater = or(
        gt(tokens.serverId, after.serverId),
        and(eq(tokens.serverId, after.serverId), gt(tokens.ownerId, after.ownerId)),
      );
      return await db.read
        .select({
          serverId: tokens.serverId,
          ownerId: tokens.ownerId,
          version: tokens.version,
          grantCipher: tokens.grantCipher,
        })
        .from(tokens)
        .where(and(isLater, isNotNull(tokens.grantCipher)))
        .orderBy(asc(tokens.serverId), asc(tokens.ownerId))
        .limit(limit);
    },
    /** Replaces a sealed grant by itself under another key; false when it was written meanwhile. */
    async resealTokens(
      row: Pick<OauthTokensRow, "serverId" | "ownerId" | "grantCipher">,
      grantCipher: string,
    ): Promise<boolean> {
      if (row.grantCipher === null) return false;
      const where = and(granted(row.ownerId, row.serverId), eq(tokens.grantCipher, row.grantCipher));
      const [touched] = await db.write(update(tokens, { grantCipher }, where));
      return touched === 1;
    },
    async listSealedClients(
      after: { ownerId: string; issuer: string },
      limit: number,
    ): Promise<Pick<OauthClientRow, "ownerId" | "issuer" | "secretCipher">[]> {
      const isLater = or(
        gt(clients.ownerId, after.ownerId),
        and(eq(clients.ownerId, after.ownerId), gt(clients.issuer, after.issuer)),
      );
      return await db.read
        .select({ ownerId: clients.ownerId, issuer: clients.issuer, secretCipher: clients.secretCipher })
        .from(clients)
        .where(and(isLater, isNotNull(clients.secretCipher)))
        .orderBy(asc(clients.ownerId), asc(clients.issuer))
        .limit(limit);
    },
    async resealClient(
      row: Pick<OauthClientRow, "ownerId" | "issuer" | "secretCipher">,
      secretCipher: string,
    ): Promise<boolean> {
      if (row.secretCipher === null) return false;
      const where = and(
        eq(clients.ownerId, row.ownerId),
        eq(clients.issuer, row.issuer),
        eq(clients.secretCipher, row.secretCipher),
      );
      const [touched] = await db.write(update(clients, { secretCipher }, where));
      return touched === 1;
    },
  };
}

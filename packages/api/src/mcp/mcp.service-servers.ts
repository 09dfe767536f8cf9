import { isDeepStrictEqual } from "node:util";
import type { AccessStore } from "@chatee/db/access.store";
import type { McpServerRow, McpStore } from "@chatee/db/mcp.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import { DomainError } from "@chatee/shared/failure";
import type { CreateMcpServer, McpServer, UpdateMcpServer } from "@chatee/shared/mcp";
import type { Environment } from "../environment.ts";
import type { Secrets } from "../secrets.ts";
import { changeInstant } from "../sessions/session.ts";
import type { McpHost, ServerSpec } from "./mcp-host.ts";
import { assertHeadersBelong, isEmpty, noSecrets, secretsContext, takeSecrets } from "./server-secrets.ts";
import type { ServerSecrets } from "./server-secrets.ts";
import { toServer, toSpec } from "./server-spec.ts";

export type ServersDeps = {
  store: McpStore;
  audit: Pick<AccessStore, "appendAudit">;
  secrets: Secrets;
  host: McpHost;
  environment: Pick<Environment, "now" | "newId">;
  /**
   * `isOther`: what was open to the server and known of it is not true any more; it may be gone altogether. Waited for:
   * who hears that a server was changed meets nothing of what it was before.
   */
  onChanged: (ownerId: string, serverId: string, isOther: boolean) => Promise<void>;
};

const maxListed = 1_000;
/** Others may change a server between our look at it and our write; then we look again. */
const maxTries = 10;

export type McpServers = ReturnType<typeof createServers>;

/** The registered servers. Nothing here starts a program or asks a server anything. */
export function createServers({ store, audit, secrets, host, environment, onChanged }: ServersDeps) {
  async function row(ownerId: string, serverId: string): Promise<McpServerRow> {
    const found = await store.find(ownerId, serverId);
    if (!found) throw new DomainError({ code: "mcp.server_not_found", serverId });
    return found;
  }

  /** @throws DomainError `secret.unreadable` */
  function secretsOf({ serverId, secretsCipher }: McpServerRow): ServerSecrets {
    if (secretsCipher === null) return noSecrets;
    return JSON.parse(secrets.open(secretsCipher, secretsContext(serverId))) as ServerSecrets;
  }

  /** Null when they were sealed under a key that is gone. */
  function readableSecrets(of: McpServerRow): ServerSecrets | null {
    try {
      return secretsOf(of);
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
  const shown = (of: McpServerRow): McpServer => toServer(of, readableSecrets(of), host);

  function sealed(serverId: string, values: ServerSecrets): string | null {
    return isEmpty(values) ? null : secrets.seal(JSON.stringify(values), secretsContext(serverId));
  }

  function newRow(ownerId: string, input: CreateMcpServer): McpServerRow {
    const serverId = input.serverId ?? environment.newId();
    const nowMs = environment.now();
    const taken = takeSecrets(input.ext ?? null, noSecrets);
    const fresh: McpServerRow = {
      serverId,
      ownerId,
      name: input.name,
      displayName: input.displayName ?? null,
      clientName: input.clientName ?? null,
      type: input.type,
      url: input.url || null,
      enabled: input.enabled,
      useProxy: input.useProxy,
      description: input.description ?? null,
      metadata: input.metadata ?? null,
      ext: taken.ext,
      secretsCipher: sealed(serverId, taken.secrets),
      allowReadOnly: input.allowReadOnly,
      approvedHash: null,
      approvedAtMs: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    toSpec(fresh, taken.secrets);
    return fresh;
  }

  /** What two servers have in common when one request was sent twice. */
  function contentOf(of: McpServerRow) {
    const { secretsCipher: _cipher, createdAtMs: _created, updatedAtMs: _updated, ...content } = of;
    const { approvedHash: _hash, approvedAtMs: _at, ...asked } = content;
    return { ...asked, secrets: secretsOf(of) };
  }

  function changed(of: McpServerRow, { serverId: _id, ext, url, ...fields }: UpdateMcpServer): McpServerRow {
    const before = ext === undefined ? secretsOf(of) : (readableSecrets(of) ?? noSecrets);
    const taken = ext === undefined ? null : takeSecrets(ext, before);
    const next: McpServerRow = {
      ...of,
      ...(fields as Partial<McpServerRow>),
      ...(url === undefined ? {} : { url: url || null }),
      ...(taken ? { ext: taken.ext, secretsCipher: sealed(of.serverId, taken.secrets) } : {}),
      updatedAtMs: changeInstant(of, environment.now()),
    };
    const spec = toSpec(next, taken?.secrets ?? before);
    assertHeadersBelong(of, next, { stored: before, ext });
    const isStillApproved = spec.type === "stdio" && host.approvalHash(spec) === of.approvedHash;
    return isStillApproved ? next : { ...next, approvedHash: null, approvedAtMs: null };
  }

  async function change(
    ownerId: string,
    serverId: string,
    toNext: (of: McpServerRow) => McpServerRow,
  ): Promise<McpServerRow> {
    for (let attempt = 0; attempt < maxTries; attempt++) {
      const seen = await row(ownerId, serverId);
      const { serverId: _id, ownerId: _owner, createdAtMs: _at, ...set } = toNext(seen);
      if (await store.change(ownerId, seen, set)) return { ...seen, ...set };
    }
    throw new DomainError({ code: "mcp.busy", retryAfterMs: null });
  }

  function isReachedAlike(before: McpServerRow, after: McpServerRow): boolean {
    const known = readableSecrets(before);
    return known !== null && isDeepStrictEqual(toSpec(before, known), toSpec(after, secretsOf(after)));
  }

  function programOf(of: McpServerRow): Extract<ServerSpec, { type: "stdio" }> {
    const spec = toSpec(of, secretsOf(of));
    if (spec.type === "stdio") return spec;
    const issue = { path: "serverId", message: "is not a local program: there is nothing to approve" };
    throw new DomainError({ code: "input.invalid", issues: [issue] });
  }

  return {
    row,
    /** Undefined when the owner has no such server. */
    find: store.find,
    secretsOf,
    /** Oldest first, at most 1,000. */
    async list(ownerId: string): Promise<{ servers: McpServer[]; total: number }> {
      const [rows, total] = await Promise.all([store.list(ownerId, { limit: maxListed }), store.count(ownerId)]);
      return { servers: rows.map(shown), total };
    },
    get: async (ownerId: string, serverId: string): Promise<McpServer> => shown(await row(ownerId, serverId)),
    /** The same id with the same content again answers with what is stored. */
    async create(ownerId: string, input: CreateMcpServer): Promise<McpServer> {
      const wanted = newRow(ownerId, input);
      const { serverId } = wanted;
      if (await unlessTaken(store.insert(ownerId, wanted))) {
        await onChanged(ownerId, serverId, false);
        return shown(wanted);
      }
      const known = await store.find(ownerId, serverId);
      if (!known || !isDeepStrictEqual(contentOf(known), contentOf(wanted)))
        throw new DomainError({ code: "mcp.server_exists", serverId });
      return shown(known);
    },
    /**
     * A change of what would be started takes its approval back.
     *
     * @throws DomainError `mcp.headers_needed` when stored headers would go to another origin; nothing is changed
     */
    async update(ownerId: string, input: UpdateMcpServer): Promise<McpServer> {
      let isOther = true;
      const next = await change(ownerId, input.serverId, (seen) => {
        const changes = changed(seen, input);
        isOther = !changes.enabled || !isReachedAlike(seen, changes);
        return changes;
      });
      await onChanged(ownerId, input.serverId, isOther);
      return shown(next);
    },
    async remove(ownerId: string, serverId: string): Promise<void> {
      if (!(await store.remove(ownerId, serverId))) throw new DomainError({ code: "mcp.server_not_found", serverId });
      await onChanged(ownerId, serverId, true);
    },
    /**
     * The owner's yes to exactly this command, arguments, environment and folder. Starts nothing yet.
     *
     * @throws DomainError `mcp.approval_outdated` when it is not what would be started
     */
    async approve(ownerId: string, serverId: string, hash: string): Promise<McpServer> {
      const programs = "Running local MCP servers (mcp.stdio)";
      if (!host.runsPrograms) throw new DomainError({ code: "feature.unavailable", feature: programs });
      const next = await change(ownerId, serverId, (seen) => {
        const approvalHash = host.approvalHash(programOf(seen));
        if (hash !== approvalHash) throw new DomainError({ code: "mcp.approval_outdated", serverId, approvalHash });
        const nowMs = environment.now();
        return { ...seen, approvedHash: hash, approvedAtMs: nowMs, updatedAtMs: changeInstant(seen, nowMs) };
      });
      const entry = { auditId: environment.newId(), action: "mcp.approved", subjectId: serverId };
      await audit.appendAudit(ownerId, { ...entry, atMs: environment.now() });
      await onChanged(ownerId, serverId, false);
      return shown(next);
    },
  };
}

import type { McpServerRow } from "@chatee/db/mcp.store";
import { DomainError } from "@chatee/shared/failure";
import { mcpServerExt, mcpServerType } from "@chatee/shared/mcp";
import type { McpServer } from "@chatee/shared/mcp";
import type { McpHost, ServerSpec } from "./mcp-host.ts";
import type { ServerSecrets } from "./server-secrets.ts";

/**
 * How the server of a row is reached.
 *
 * @throws DomainError `input.invalid` when the row does not say where it is
 */
export function toSpec(row: Pick<McpServerRow, "type" | "url" | "ext">, secrets: ServerSecrets): ServerSpec {
  const ext = mcpServerExt.parse(row.ext ?? {});
  if (row.type === "stdio") {
    if (!ext.command) throw missing("ext.command", "names the program that is started");
    const { command, cwd } = ext;
    return { type: "stdio", command, args: ext.args ?? [], env: secrets.env, ...(cwd ? { cwd } : {}) };
  }
  if (!row.url) throw missing("url", "says where the server is");
  const type = row.type === "http-post" ? "http-post" : "http-stream";
  return { type, url: row.url, headers: secrets.headers };
}

function missing(path: string, why: string): DomainError {
  return new DomainError({ code: "input.invalid", issues: [{ path, message: `is required: it ${why}` }] });
}

/** A row as its owner may see it. Without its values nothing can be said about an approval: it counts as not given. */
export function toServer(row: McpServerRow, secrets: ServerSecrets | null, host: McpHost): McpServer {
  const { ownerId: _owner, secretsCipher: _cipher, approvedHash, approvedAtMs: _at, ...shown } = row;
  const spec = secrets === null ? null : toSpec(row, secrets);
  const approvalHash = spec?.type === "stdio" ? host.approvalHash(spec) : null;
  return {
    ...shown,
    type: mcpServerType.parse(row.type),
    approvalHash,
    approved: row.type !== "stdio" || (approvalHash !== null && approvedHash === approvalHash),
  };
}

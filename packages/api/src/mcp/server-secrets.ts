import { DomainError } from "@chatee/shared/failure";
import type { JsonObject, StandardIssue } from "@chatee/shared/json";
import { maskedSecret } from "@chatee/shared/mcp";
import type { McpServerExt } from "@chatee/shared/mcp";

/** The values of a server's `ext` that are sealed. */
export type ServerSecrets = { env: Record<string, string>; headers: Record<string, string> };

export const noSecrets: ServerSecrets = { env: {}, headers: {} };
const secretFields = ["env", "headers"] as const;

/** Where a server's values are kept; sealed with them, so that values moved to another row do not open. */
export function secretsContext(serverId: string): string {
  return `mcp_servers/${serverId}/secrets`;
}

/**
 * Takes the values of `env` and `headers` out of an `ext`, masks in their place. A mask in what came in stands for
 * the stored value.
 *
 * @throws DomainError `input.invalid` for a mask where nothing is stored
 */
export function takeSecrets(
  ext: McpServerExt | null,
  stored: ServerSecrets,
): { ext: JsonObject | null; secrets: ServerSecrets } {
  if (ext === null) return { ext: null, secrets: noSecrets };
  const shown: JsonObject = { ...(ext as JsonObject) };
  const secrets: ServerSecrets = { env: {}, headers: {} };
  const issues: StandardIssue[] = [];
  for (const field of secretFields) {
    const given = ext[field];
    if (!given) continue;
    for (const [name, value] of Object.entries(given)) {
      const kept = value === maskedSecret ? ownValue(stored[field], name) : value;
      if (kept === undefined)
        issues.push({ path: `ext.${field}.${name}`, message: "there is no stored value to keep: enter it" });
      else secrets[field][name] = kept;
    }
    shown[field] = Object.fromEntries(Object.keys(given).map((name) => [name, maskedSecret]));
  }
  if (issues.length > 0) throw new DomainError({ code: "input.invalid", issues });
  return { ext: shown, secrets };
}

/**
 * Stored headers go to the origin they were entered for. Whoever may change where a server is must not be able to have
 * them sent there; a server without an address is a place of its own, so that there is no way around by way of a program.
 *
 * @throws DomainError `mcp.headers_needed` when stored values would be kept for another origin
 */
export function assertHeadersBelong(
  before: { serverId: string; url: string | null },
  after: { url: string | null },
  { stored, ext }: { stored: ServerSecrets; ext: McpServerExt | null | undefined },
): void {
  if (originOf(before.url) === originOf(after.url)) return;
  const given = ext === undefined ? null : (ext?.headers ?? {});
  const names = Object.keys(stored.headers).filter((name) => given === null || ownValue(given, name) === maskedSecret);
  if (names.length === 0) return;
  const host = before.url === null ? null : new URL(before.url).host;
  throw new DomainError({ code: "mcp.headers_needed", serverId: before.serverId, host, names });
}

function originOf(url: string | null): string | null {
  return url === null ? null : new URL(url).origin;
}

function ownValue(record: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function isEmpty({ env, headers }: ServerSecrets): boolean {
  return Object.keys(env).length === 0 && Object.keys(headers).length === 0;
}

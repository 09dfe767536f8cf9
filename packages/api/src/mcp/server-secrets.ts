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

function ownValue(record: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function isEmpty({ env, headers }: ServerSecrets): boolean {
  return Object.keys(env).length === 0 && Object.keys(headers).length === 0;
}

import type { AccessStore, AuditRow } from "@chatee/db/access.store";
import type { LlmStore } from "@chatee/db/llm.store";
import type { McpStore } from "@chatee/db/mcp.store";
import type { AuditEntry, AuditPage, ListAudit } from "@chatee/shared/access";
import { DomainError } from "@chatee/shared/failure";
import { kindOf } from "./access.service.ts";

export type AuditDeps = {
  store: Pick<AccessStore, "listAudit" | "listTokens">;
  llm: Pick<LlmStore, "list">;
  mcp: Pick<McpStore, "list">;
};

type Subject = AuditEntry["subject"];

const maxNamed = 1_000;

/** What was done with keys and tokens, for the eyes of their owner. Nothing here writes: who acts, records. */
export function createAuditService({ store, llm, mcp }: AuditDeps) {
  /** What is there now, by id. Only what the page is about is asked for. */
  async function namesOf(ownerId: string, subjects: ReadonlySet<Subject>): Promise<Map<string, string>> {
    const [models, servers, tokens] = await Promise.all([
      subjects.has("model") ? llm.list(ownerId, { limit: maxNamed }) : [],
      subjects.has("mcp_server") ? mcp.list(ownerId, { limit: maxNamed }) : [],
      subjects.has("token") ? store.listTokens(ownerId) : [],
    ]);
    return new Map([
      ...models.map(({ configId, name }) => [`model ${configId}`, name] as const),
      ...servers.map(({ serverId, name }) => [`mcp_server ${serverId}`, name] as const),
      ...tokens.map(({ tokenId, name }) => [`token ${tokenId}`, name] as const),
    ]);
  }

  return {
    /** @throws DomainError `cursor.invalid` */
    async list(ownerId: string, { limit, cursor }: ListAudit): Promise<AuditPage> {
      const after = cursor == null ? null : fromCursor(cursor);
      const rows = await store.listAudit(ownerId, { limit: limit + 1, after });
      const page = rows.slice(0, limit);
      const names = await namesOf(ownerId, new Set(page.map(subjectOf)));
      const entries = page.map((row): AuditEntry => {
        const { auditId, atMs, action, subjectId } = row;
        const subject = subjectOf(row);
        return { auditId, atMs, action, subject, subjectId, name: names.get(`${subject} ${subjectId}`) ?? null };
      });
      const last = page.at(-1);
      return { entries, nextCursor: rows.length > limit && last ? toCursor(last) : null };
    },
  };
}

function subjectOf({ action, subjectId }: AuditRow): Subject {
  if (action.startsWith("llm.")) return action === "llm.keys_exported" && subjectId === "all" ? "models" : "model";
  if (action.startsWith("mcp.")) return "mcp_server";
  if (action.startsWith("access.")) return kindOf(subjectId) === "browser" ? "browser" : "token";
  return "other";
}

function toCursor({ atMs, auditId }: AuditRow): string {
  return `a${atMs.toString(36)}.${auditId}`;
}

function fromCursor(cursor: string): { atMs: number; id: string } {
  const match = /^a([0-9a-z]{1,11})\.([A-Za-z0-9._:-]{1,100})$/.exec(cursor);
  const atMs = Number.parseInt(match?.[1] ?? "", 36);
  if (!match || !Number.isSafeInteger(atMs)) throw new DomainError({ code: "cursor.invalid" });
  return { atMs, id: match[2] ?? "" };
}

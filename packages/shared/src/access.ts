import { z } from "zod";

export const createAccessToken = z.object({
  name: z.string().trim().min(1).max(200),
  /** Absent: until it is revoked. */
  expiresAtMs: z.int().positive().optional(),
});
export type CreateAccessToken = z.infer<typeof createAccessToken>;

/** What is remembered of keys and tokens, and never changed afterwards. */
export const auditActions = [
  "llm.key_revealed",
  "llm.keys_exported",
  "llm.key_saved",
  "llm.key_removed",
  "mcp.approved",
  "access.token_made",
  "access.token_revoked",
] as const;
export type AuditAction = (typeof auditActions)[number];

export const listAudit = z.object({
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(300).nullish(),
});
export type ListAudit = z.infer<typeof listAudit>;

export type AuditEntry = {
  auditId: string;
  atMs: number;
  /** One of `auditActions`, unless a later version wrote it. */
  action: string;
  /** `models`: all of them. `browser`: one that was signed in. */
  subject: "model" | "models" | "mcp_server" | "token" | "browser" | "other";
  subjectId: string;
  /** As it is called now; null when it is not there any more. */
  name: string | null;
};
/** Newest first. */
export type AuditPage = { entries: AuditEntry[]; nextCursor: string | null };

/** Who may come in; the token itself is shown once, when it is made. */
export type AccessToken = {
  tokenId: string;
  name: string;
  /** `install`: the one in the data directory; `browser`: a signed-in browser, behind its cookie. */
  kind: "install" | "access" | "browser";
  createdAtMs: number;
  /** Up to a minute old. */
  lastUsedAtMs: number | null;
  expiresAtMs: number | null;
};

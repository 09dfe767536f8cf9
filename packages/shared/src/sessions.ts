import { z } from "zod";
import { id } from "./ids.ts";
import { jsonObject } from "./json.ts";

/** `temporary` sessions are removed by the retention rule and never listed; `memory` is the ordinary chat. */
export const sessionTypes = ["temporary", "memory", "agent", "research"] as const;
export const sessionType = z.enum(sessionTypes);
export type SessionType = z.infer<typeof sessionType>;

const title = z.string().trim().min(1).max(200);
const avatar = z.string().max(12_000_000);

export const sessionRef = z.object({ sessionId: id });

export const createSession = z.object({
  sessionId: id.optional(),
  title: title.nullish(),
  name: title.nullish(),
  llmConfigId: id.nullish(),
  sessionType: sessionType.default("memory"),
  avatar: avatar.nullish(),
  systemPrompt: z.string().max(200_000).nullish(),
  ext: jsonObject.nullish(),
  sourceRoleId: id.nullish(),
  sourceRoleVersionId: id.nullish(),
});
export type CreateSession = z.infer<typeof createSession>;

export const updateSession = sessionRef.extend({
  title: title.optional(),
  name: title.nullish(),
  llmConfigId: id.nullish(),
  sessionType: sessionType.optional(),
  avatar: avatar.nullish(),
  systemPrompt: z.string().max(200_000).nullish(),
  ext: jsonObject.nullish(),
  mediaOutputPath: z.string().max(1000).nullish(),
  /** Keeps the session at hand above the others, or lets it go; its place among them stays. */
  pinned: z.boolean().optional(),
});
export type UpdateSession = z.infer<typeof updateSession>;

export const listSessions = z.object({
  limit: z.int().min(1).max(300).default(50),
  cursor: z.string().max(200).nullish(),
  sessionType: sessionType.optional(),
  /** Only those that are pinned, the last one pinned first; or only those that are not. */
  pinned: z.boolean().optional(),
  /** Matches title, name and message text; ranks by recency. */
  query: z.string().trim().min(1).max(500).optional(),
});
export type ListSessions = z.infer<typeof listSessions>;

export type Session = {
  sessionId: string;
  title: string;
  name: string | null;
  sessionType: SessionType;
  llmConfigId: string | null;
  avatar: string | null;
  systemPrompt: string | null;
  ext: z.infer<typeof jsonObject> | null;
  mediaOutputPath: string | null;
  roleId: string | null;
  roleVersionId: string | null;
  currentRoleVersionId: string | null;
  /** Messages on the active branch. */
  messageCount: number;
  /** The beginning of the newest message, at most 200 characters. */
  previewText: string | null;
  lastMessageAtMs: number | null;
  /** Since when it is kept at hand above the others; null when it is not. */
  pinnedAtMs: number | null;
  /** The run that is writing an answer now. */
  activeRunId: string | null;
  /**
   * Tokens that its turns have used: input and output of every request for an answer, one out of sight too.
   * Estimated where a provider does not count.
   */
  accToken: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** A session as its events tell of it: what may be large is there when it is what changed, and is small. */
export type SessionNews = Omit<Session, LargeField> & Partial<Pick<Session, LargeField>>;
type LargeField = "avatar" | "systemPrompt" | "ext";

export type SessionPage = { sessions: Session[]; total: number; nextCursor: string | null };

export type Summary = {
  summaryId: string;
  sessionId: string;
  summaryContent: string;
  /** The newest message that the summary covers. */
  lastMessageId: string;
  tokenCountBefore: number;
  tokenCountAfter: number;
  createdAtMs: number;
};

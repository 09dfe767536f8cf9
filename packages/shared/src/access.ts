import { z } from "zod";

export const createAccessToken = z.object({
  name: z.string().trim().min(1).max(200),
  /** Absent: until it is revoked. */
  expiresAtMs: z.int().positive().optional(),
});
export type CreateAccessToken = z.infer<typeof createAccessToken>;

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

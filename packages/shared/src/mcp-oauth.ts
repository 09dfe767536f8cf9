import { z } from "zod";
import { mcpServerRef } from "./mcp.ts";

/** A client id that somebody registered by hand; without one, chatee introduces itself. */
export const startSignIn = mcpServerRef.extend({
  clientId: z.string().trim().min(1).max(2_000).optional(),
  clientSecret: z.string().min(1).max(4_000).optional(),
});
export type StartSignIn = z.infer<typeof startSignIn>;

/** What an authorization server sends a browser back with. Without a code it was refused. */
export const finishSignIn = z.object({
  state: z.string().min(1).max(1_000),
  code: z.string().min(1).max(8_000).optional(),
  iss: z.string().max(2_000).optional(),
});
export type FinishSignIn = z.infer<typeof finishSignIn>;

/** `none`: nobody signed in. `needs_sign_in`: somebody did, and has to again. */
export const signInStates = ["connected", "needs_sign_in", "none"] as const;
export type McpSignInState = {
  state: (typeof signInStates)[number];
  issuer: string | null;
  scope: string | null;
  expiresAtMs: number | null;
};

import { z } from "zod";
import { idText, maxIdChars } from "./id-text.ts";

/** An id that a client may mint: ours are UUIDv7, old clients send others (`msg-1712345678901`). */
export const id = z.string().min(1).max(maxIdChars).regex(idText, "only A-Z a-z 0-9 . _ : - are allowed");

/** The only owner of an installation without user accounts. */
export const localOwnerId = "owner";

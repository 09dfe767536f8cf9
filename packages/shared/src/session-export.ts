import { z } from "zod";
import { id } from "./ids.ts";
import { json, jsonObject } from "./json.ts";
import { messageRole, messageStatus } from "./messages.ts";
import { sessionType } from "./sessions.ts";

const text = z.string().max(4_000_000);

/** A session as a file. `parentId` and `active` hold the whole tree; ids have a meaning only inside the file. */
export const importSession = z.object({
  version: z.literal("1.0"),
  exportType: z.literal("session"),
  exportedAtMs: z.int().optional(),
  session: z.object({
    title: z.string().trim().min(1).max(200),
    name: z.string().max(200).nullish(),
    sessionType: sessionType.default("memory"),
    systemPrompt: z.string().max(200_000).nullish(),
    avatar: z.string().max(12_000_000).nullish(),
    ext: jsonObject.nullish(),
    createdAtMs: z.int().optional(),
  }),
  messages: z
    .array(
      z.object({
        messageId: id,
        parentId: id.nullable().default(null),
        active: z.boolean().default(true),
        role: messageRole,
        status: messageStatus.exclude(["streaming"]).default("completed"),
        content: text,
        thinking: text.nullable().default(null),
        toolCalls: json.default(null),
        tokenCount: z.int().min(0).nullable().default(null),
        tokenCountEstimated: z.boolean().default(false),
        accToken: z.int().min(0).nullable().default(null),
        ext: jsonObject.nullable().default(null),
        mcpdetail: json.default(null),
        model: z.string().max(200).nullable().default(null),
        createdAtMs: z.int().min(0),
      }),
    )
    .max(50_000),
});
export type ImportSession = z.infer<typeof importSession>;
export type SessionExport = z.input<typeof importSession> & { exportedAtMs: number };

/** The file as it was read from disk: one of thousands of messages holds more values than a request may. */
export const importSessionFile = z.object({ file: z.string().max(100_000_000) });

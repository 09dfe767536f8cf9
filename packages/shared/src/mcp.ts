import { z } from "zod";
import { id } from "./ids.ts";
import { json, jsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

/**
 * `http-stream` is Streamable HTTP (and the older HTTP+SSE), `http-post` answers requests and never pushes, `stdio` is a
 * program on the machine of the server.
 */
export const mcpServerTypes = ["http-stream", "http-post", "stdio"] as const;
export const mcpServerType = z.enum(mcpServerTypes);
export type McpServerType = z.infer<typeof mcpServerType>;

/** Stands for a stored value of `ext.env` or `ext.headers`; sent back, it keeps that value. */
export const maskedSecret = "••••••••";

const maxSecrets = 100;
const secretText = z.string().max(32_000);
const fewEnough = [
  (record: Record<string, string>) => Object.keys(record).length <= maxSecrets,
  `at most ${maxSecrets}`,
] as const;
const noNul = [(text: string) => !text.includes("\0"), "must not hold a NUL"] as const;

/** What chatee reads of a server's `ext`; whatever else is in it is the user's own. */
export const mcpServerExt = z
  .object({
    command: z
      .string()
      .trim()
      .max(4_000)
      .refine(...noNul)
      .nullish(),
    args: z
      .array(
        z
          .string()
          .max(32_000)
          .refine(...noNul),
      )
      .max(500)
      .nullish(),
    env: z
      .record(
        z
          .string()
          .max(256)
          .regex(/^[^=\0]+$/, "must not be empty or hold ="),
        secretText.refine(...noNul),
      )
      .refine(...fewEnough)
      .nullish(),
    cwd: z
      .string()
      .max(4_000)
      .refine(...noNul)
      .nullish(),
    headers: z
      .record(
        z
          .string()
          .max(256)
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "is not the name of a header"),
        secretText.regex(/^[\t\x20-\x7e\x80-\xff•]*$/, "must be one line"),
      )
      .refine(...fewEnough)
      .nullish(),
  })
  .catchall(json);
export type McpServerExt = z.infer<typeof mcpServerExt>;

const url = z
  .union([
    z
      .url({ protocol: /^https?$/, error: "must be an http or https address" })
      .max(2000)
      .refine((value) => !/^[a-z]+:\/\/[^/?#]*@/i.test(value), "must not carry a user name or password"),
    z.literal(""),
  ])
  .nullish();

const serverFields = {
  name: z.string().trim().min(1).max(200),
  displayName: z.string().max(200).nullish(),
  clientName: z.string().max(200).nullish(),
  type: mcpServerType,
  url,
  enabled: z.boolean(),
  useProxy: z.boolean(),
  description: z.string().max(10_000).nullish(),
  metadata: jsonObject.nullish(),
  /** Absent keeps it; what is sent replaces it whole, but for masked values, which stay as they are stored. */
  ext: mcpServerExt.nullish(),
  /** Tools that say of themselves that they only read are not asked about. */
  allowReadOnly: z.boolean(),
};

/** What chatee itself answers at `/mcp/<word>`. */
const ownPaths: ReadonlySet<string> = new Set(["chatee", "health", "oauth"]);

export const mcpServerRef = z.object({ serverId: id });
export const createMcpServer = z.object({
  ...serverFields,
  serverId: id.refine((text) => !ownPaths.has(text), "is an address of chatee's own").optional(),
  type: serverFields.type.default("http-stream"),
  enabled: serverFields.enabled.default(true),
  useProxy: serverFields.useProxy.default(true),
  allowReadOnly: serverFields.allowReadOnly.default(false),
});
export const updateMcpServer = z.object(serverFields).partial().extend({ serverId: id });
export type CreateMcpServer = z.infer<typeof createMcpServer>;
export type UpdateMcpServer = z.infer<typeof updateMcpServer>;

/** A registered server as its owner may see it: values of `ext.env` and `ext.headers` are masked. */
export type McpServer = {
  serverId: string;
  name: string;
  displayName: string | null;
  clientName: string | null;
  type: McpServerType;
  url: string | null;
  enabled: boolean;
  useProxy: boolean;
  description: string | null;
  metadata: JsonObject | null;
  ext: JsonObject | null;
  allowReadOnly: boolean;
  /** Of a local program: what an approval must name. Other command, arguments, environment or folder: another hash. */
  approvalHash: string | null;
  /** Whether the server may be used as it is configured now; always true for a remote one. */
  approved: boolean;
  createdAtMs: number;
  updatedAtMs: number;
};

export const approveMcpServer = mcpServerRef.extend({ hash: z.string().min(1).max(200) });

/** `ask`: each call is asked about. `ask_once`: until it was allowed, and again when its definition changes. `allow`: never, but for a changed definition. */
export const toolPolicies = ["ask", "ask_once", "allow"] as const;
export const toolPolicy = z.enum(toolPolicies);
export type ToolPolicy = z.infer<typeof toolPolicy>;

/** A stretch of text that stayed, went or came. */
export type TextChange = { kind: "same" | "removed" | "added"; text: string };
/** One place where two definitions of a tool differ, such as `inputSchema.properties.path.type`. */
export type ToolChange = { path: string } & (
  | { kind: "added"; after: string }
  | { kind: "removed"; before: string }
  | { kind: "changed"; text: TextChange[] }
);

/** A tool as its server declares it, without hidden characters. Texts and hints are the server's claims, not facts. */
export type McpToolDefinition = {
  name: string;
  title?: string;
  description?: string;
  inputSchema: JsonObject;
  outputSchema?: JsonObject;
  annotations?: JsonObject;
};

export type McpTool = McpToolDefinition & {
  policy: ToolPolicy;
  /** Changes with every text and schema of the definition. */
  hash: string;
  /** `new` was never allowed; `changed` is not what was allowed: see `changes`. */
  approval: "new" | "allowed" | "changed";
  changes: ToolChange[];
  /** Where characters were that nobody sees; they have been taken out. */
  hiddenIn: string[];
  /** The name under which its owner knew it, when all else is the same and that name is gone. */
  renamedFrom: string | null;
};

export const setToolPolicy = mcpServerRef.extend({ name: z.string().min(1).max(255), policy: toolPolicy });
export const approveTool = mcpServerRef.extend({
  name: z.string().min(1).max(255),
  hash: z.string().min(1).max(200),
});
export const listMcpTools = mcpServerRef.extend({
  /** Asks the server, whatever is remembered. */
  refresh: z.boolean().default(false),
});
export const callMcpTool = mcpServerRef.extend({
  name: z.string().min(1).max(1_000),
  arguments: jsonObject.default({}),
});
export const readMcpResource = mcpServerRef.extend({ uri: z.string().min(1).max(10_000) });
export const getMcpPrompt = mcpServerRef.extend({
  name: z.string().min(1).max(1_000),
  arguments: z.record(z.string(), z.string()).default({}),
});

const mimeType = z.string().optional();
/** Text, or base64 in `blob`; never both. */
const resourceContent = z.object({
  uri: z.string(),
  mimeType,
  text: z.string().optional(),
  blob: z.string().optional(),
});
export type McpResourceContent = { uri: string; mimeType?: string; text?: string; blob?: string };

/** One piece of a tool's answer. Data of the server: texts may lie, addresses are not to be fetched unguarded. */
export const toolBlock = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string() }),
  /** Base64. */
  z.object({ type: z.enum(["image", "audio"]), data: z.string(), mimeType: z.string() }),
  z.object({
    type: z.literal("resource_link"),
    uri: z.string(),
    name: z.string(),
    title: z.string().optional(),
    description: z.string().optional(),
    mimeType,
  }),
  resourceContent.extend({ type: z.literal("resource") }),
  /** Any JSON: what the tool answered with beside or instead of texts. */
  z.object({ type: z.literal("structured"), data: json }),
]);
export type ToolBlock = z.infer<typeof toolBlock>;

/** What a tool answered, as the protocol has it. */
export type McpCallResult = {
  content: Exclude<ToolBlock, { type: "structured" }>[];
  structuredContent?: Json;
  /** The tool ran and says that it failed. */
  isError: boolean;
};

/** How a server was found to speak: `modern` from 2026-07-28 on, `legacy` before, `legacy-sse` over HTTP+SSE. */
export type McpEra = "modern" | "legacy" | "legacy-sse";

/** What is known of one server for one owner, as separate facts; one does not follow from another. */
export type McpServerHealth = {
  serverId: string;
  name: string;
  enabled: boolean;
  /** Something there answered, if only with a refusal; null as long as nobody asked. */
  reachable: boolean | null;
  needsAuth: boolean | null;
  era: McpEra | null;
  eraAtMs: number | null;
  latencyMs: number | null;
  toolsChangedAtMs: number | null;
  lastError: string | null;
  checkedAtMs: number | null;
};

/** What becomes known of an owner's servers: first how each stands, then each change. */
export type McpEvent =
  | { type: "server.health"; health: McpServerHealth }
  | { type: "server.tools"; serverId: string; toolsChangedAtMs: number }
  | { type: "server.removed"; serverId: string };

/** What a try came to; a server that fails is an answer, not an error. */
export type McpServerTest = {
  success: boolean;
  latencyMs: number;
  /** It answers, and wants its user to sign in first. */
  needsSignIn: boolean;
  tools?: McpToolDefinition[];
  error?: string;
};

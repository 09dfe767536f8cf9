import type { Failure } from "@chatee/shared/failure";
import type { JsonObject } from "@chatee/shared/json";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { McpCallResult, McpEra, McpResourceContent, McpToolDefinition, ToolChange } from "@chatee/shared/mcp";

/** How a remote server is reached. Headers go to the origin of `url` and nowhere else. */
export type RemoteSpec = {
  type: "http-stream" | "http-post";
  url: string;
  headers?: Readonly<Record<string, string>>;
};
/** How a local program is started. */
export type ProgramSpec = {
  type: "stdio";
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd?: string;
};
export type ServerSpec = RemoteSpec | ProgramSpec;

/** Whose credentials a connection carries. Asked per request, so that a refreshed token is used at once. */
export type Authorization = {
  /** Names whose credentials these are (not the credentials); what is remembered for one is never shown to another. */
  credentialKey: string;
  headers: (request: { url: URL; method: string }) => MaybePromise<Readonly<Record<string, string>>>;
  /** Called at most once per request. "retry" when `headers` would answer differently now. */
  onRefused: (refusal: {
    status: 401 | 403;
    wwwAuthenticate: string | null;
    /** The headers that had been given for the refused request. */
    sent: Readonly<Record<string, string>>;
  }) => Promise<"retry" | "give_up">;
};

/** A server's question to the user. */
export type Elicitation = {
  /** The call it belongs to, as the caller named it; undefined when the server does not let us tell. */
  callId: string | undefined;
  message: string;
} & ({ mode: "form"; schema: unknown } | { mode: "url"; url: string });
export type ElicitationAnswer =
  | { action: "accept"; content?: Readonly<Record<string, string | number | boolean | string[]>> }
  | { action: "decline" | "cancel" };

/** How a server was found to speak, and when (epoch ms). */
export type EraVerdict = { era: McpEra; atMs: number };
/** Where the verdict on one server, as it is configured and signed in to, outlives the process. */
export type McpEras = {
  read: () => Promise<EraVerdict | undefined>;
  write: (verdict: EraVerdict) => Promise<void>;
  forget: () => Promise<void>;
};

/** Whose connection, to what, and who answers for it. */
export type McpTarget = {
  ownerId: string;
  serverId: string;
  spec: ServerSpec;
  /** The hash the owner approved; a program that has another is not started. */
  approvedHash: string | null;
  authorization: Authorization;
  eras: McpEras;
  /** The signal aborts when nobody waits for the answer any more. */
  onElicitation: (question: Elicitation, signal: AbortSignal) => Promise<ElicitationAnswer>;
  /** Tools are others now, or may be. */
  onToolsChanged: () => void;
};

export type McpProgress = { progress: number; total?: number; message?: string };
export type McpCall = {
  /** The server's own name of the tool. */
  name: string;
  arguments: Readonly<Record<string, unknown>>;
  /** Unique; questions that belong to the call carry it. */
  callId?: string;
  signal?: AbortSignal;
  onProgress?: (progress: McpProgress) => void;
  /** Given up after this long without progress; not while the user is being asked. */
  idleMs?: number;
};

/** One user's connection to one server, whatever its transport and era. All reject with a `DomainError` (`mcp.*`). */
export type McpConnection = {
  readonly era: McpEra;
  /** Asks the server with `refresh`, whatever is remembered. */
  tools: (options: { signal?: AbortSignal; refresh?: boolean }) => Promise<readonly McpToolDefinition[]>;
  resources: (signal?: AbortSignal) => Promise<readonly JsonObject[]>;
  resourceTemplates: (signal?: AbortSignal) => Promise<readonly JsonObject[]>;
  prompts: (signal?: AbortSignal) => Promise<readonly JsonObject[]>;
  readResource: (uri: string, signal?: AbortSignal) => Promise<readonly McpResourceContent[]>;
  getPrompt: (name: string, given: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<JsonObject>;
  /** `mcp.outcome_unknown` when it may have run and its result will never come. */
  call: (call: McpCall) => Promise<McpCallResult>;
};

/** What a look at a server found. */
export type McpSight = {
  reachable: boolean;
  needsAuth: boolean;
  era: McpEra | null;
  latencyMs: number;
  failure: Failure | null;
};

export type McpLease = AsyncDisposable & { readonly connection: McpConnection };

/** What speaks MCP: connections, programs, and what can be said of a tool's definition. Closing it ends all programs. */
export type McpHost = AsyncDisposable & {
  /** Whether programs may be started on this server at all. */
  readonly runsPrograms: boolean;
  /**
   * The connection of this owner to this server, opened by whoever asks first. Dispose the lease when done.
   *
   * @throws DomainError `mcp.*`
   */
  lease: (target: McpTarget, signal?: AbortSignal) => Promise<McpLease>;
  /** Looks whether a server is there: over the open connection, else over a new one. Never rejects but for its signal. */
  look: (target: McpTarget, signal: AbortSignal) => Promise<McpSight>;
  /** Whether there is a connection, so that a look starts nothing. */
  isOpen: (ownerId: string, serverId: string) => boolean;
  /** Closes what is open to a server, and tries it afresh at the next lease. */
  close: (ownerId: string, serverId: string) => Promise<void>;
  /** The end of what a program wrote to stderr, the last life of it; empty for others. */
  stderr: (ownerId: string, serverId: string) => string;
  /** Two specs share a hash only if they would start the same program in the same way. */
  approvalHash: (spec: ProgramSpec) => string;
  /** Of what steers a model or a user: name, title, description, input schema, annotations. */
  toolHash: (tool: McpToolDefinition) => string;
  toolChanges: (before: McpToolDefinition, after: McpToolDefinition) => ToolChange[];
  /** The definition without characters that nobody sees, and where those were. */
  visibleTool: (tool: McpToolDefinition) => { tool: McpToolDefinition; hiddenIn: string[] };
  /** A name per tool that every model accepts and that no two tools share, the same each time. */
  toolNames: (sources: readonly { serverId: string; serverName: string; toolName: string }[]) => string[];
};

/** How users sign in to servers that want them to. */
export type McpSignIn = {
  authorization: (ownerId: string, server: { serverId: string; url: string }) => Authorization;
};

/** Nobody signs in anywhere. */
export const noSignIn: McpSignIn = {
  authorization: (ownerId) => ({
    credentialKey: ownerId,
    headers: async () => ({}),
    onRefused: async () => "give_up",
  }),
};

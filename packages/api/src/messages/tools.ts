import type { Json } from "@chatee/shared/json";
import type { ToolBlock } from "@chatee/shared/mcp";
import type { ToolProgress } from "@chatee/shared/messages";
import type { UnavailableServer } from "@chatee/shared/unavailable-servers";
import type { ToolDefinition } from "../llm/provider.ts";

/** What came out of a call. */
export type ToolResult = {
  /** What the model gets to read. */
  output: string;
  /** The tool's own word for a failure: the model gets to read it. */
  isError: boolean;
  /** All of the answer, for the user. */
  blocks?: ToolBlock[];
  /** It may have taken effect, and nobody will ever know. */
  isUnknown?: boolean;
};

/** Whose tool it is, for the transcript. */
export type ToolSource = { serverId: string; serverName: string; toolName: string };
/** The tools of one turn. MCP servers join here. */
export type ToolSet = AsyncDisposable & {
  definitions: ToolDefinition[];
  /** Runs one call; rejects with the signal's reason when it aborts, and with a `DomainError` when there is no such tool. */
  call: (request: ToolCallInput) => Promise<ToolResult>;
  /** Null for tools of chatee's own. */
  sourceOf?: (name: string) => ToolSource | null;
  /** Decides in place of the service's own rule. */
  approve?: Approve;
  /** What the answer says was missing. */
  unavailable?: UnavailableServer[];
};
export type ToolCallInput = {
  toolCallId: string;
  name: string;
  arguments: Json;
  signal: AbortSignal;
  /** Shows how far it is, and lets its time begin anew. */
  onProgress?: (progress: ToolProgress) => void;
  /** Stops its time, and that of its turn, while a person is asked. */
  pause?: () => Disposable;
};

export type Decision = "allow" | "deny";
export type ApprovalRequest = Omit<ToolCallInput, "onProgress" | "pause"> & {
  ownerId: string;
  sessionId: string;
  messageId: string;
};

/**
 * Decides before each call; "deny" tells the model that a person said no. A promise may take as long as a person
 * does: the call is shown as `waiting` meanwhile, and the turn's time stands still. It is left alone once the
 * signal aborts.
 */
export type Approve = (request: ApprovalRequest) => Decision | Promise<Decision>;

export type OpenTools = (request: {
  ownerId: string;
  sessionId: string;
  /** The answer that the tools are for, and the run that writes it. */
  messageId: string;
  runId: string;
  provider: string;
  mcpServerIds: string[];
  /** Aborts when the turn ends before its tools are there. */
  signal: AbortSignal;
}) => Promise<ToolSet>;

const demoClock: ToolDefinition = {
  name: "demo_clock",
  description: "Tells the current date and time, in UTC or in a given IANA time zone.",
  inputSchema: {
    type: "object",
    properties: { timeZone: { type: "string", description: "An IANA time zone such as Asia/Shanghai" } },
  },
};

/** The tool of the built-in demo provider; every other provider starts without tools. */
export function createDemoTools(now: () => number): OpenTools {
  return async ({ provider }) => ({
    definitions: provider === "demo" ? [demoClock] : [],
    async call({ name, arguments: input }) {
      if (name !== demoClock.name) return { output: `There is no tool named ${name}.`, isError: true };
      const named = typeof input === "object" && input !== null && "timeZone" in input ? input.timeZone : "UTC";
      const asked = typeof named === "string" ? named : JSON.stringify(named);
      try {
        const format = new Intl.DateTimeFormat("sv-SE", { timeZone: asked, dateStyle: "short", timeStyle: "medium" });
        return { output: `${format.format(now())} ${asked}`, isError: false };
      } catch {
        return { output: `${asked} is not a time zone.`, isError: true };
      }
    },
    async [Symbol.asyncDispose]() {},
  });
}

/** Several sources of tools as one; of two tools of one name the first counts. All open, or none stays open. */
export function joinTools(...sources: OpenTools[]): OpenTools {
  return async (request) => {
    await using opened = new AsyncDisposableStack();
    const opening = await Promise.allSettled(sources.map(async (open) => opened.use(await open(request))));
    const sets = opening.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    const owners = new Map<string, ToolSet>();
    for (const set of sets) for (const { name } of set.definitions) if (!owners.has(name)) owners.set(name, set);
    const parts = opened.move();
    return {
      definitions: sets.flatMap((set) => set.definitions.filter(({ name }) => owners.get(name) === set)),
      unavailable: sets.flatMap((set) => set.unavailable ?? []),
      sourceOf: (name) => owners.get(name)?.sourceOf?.(name) ?? null,
      approve: (asked) => owners.get(asked.name)?.approve?.(asked) ?? "allow",
      async call(input) {
        const owner = owners.get(input.name);
        return owner ? await owner.call(input) : { output: `There is no tool named ${input.name}.`, isError: true };
      },
      [Symbol.asyncDispose]: () => parts.disposeAsync(),
    };
  };
}

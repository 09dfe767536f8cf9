import type { Json } from "@chatee/shared/json";
import type { ToolDefinition } from "../llm/provider.ts";

/** What came out of a call. `isError` is the tool's own word for a failure: the model gets to read it. */
export type ToolResult = { output: string; isError: boolean };

/** The tools of one turn. MCP servers join here. */
export type ToolSet = AsyncDisposable & {
  definitions: ToolDefinition[];
  /** Runs one call; rejects with the signal's reason when it aborts, and with a `DomainError` when there is no such tool. */
  call: (request: ToolCallInput) => Promise<ToolResult>;
};
export type ToolCallInput = { toolCallId: string; name: string; arguments: Json; signal: AbortSignal };

export type Decision = "allow" | "deny";
export type ApprovalRequest = ToolCallInput & { ownerId: string; sessionId: string; messageId: string };

/**
 * Decides before each call; "deny" tells the model that a person said no. A promise may take as long as a person
 * does: the call is shown as `waiting` meanwhile, and the turn's time stands still. It is left alone once the
 * signal aborts.
 */
export type Approve = (request: ApprovalRequest) => Decision | Promise<Decision>;

export type OpenTools = (request: {
  ownerId: string;
  sessionId: string;
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

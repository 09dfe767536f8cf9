import type {
  CallToolResult,
  McpServer,
  ServerContext,
  StandardSchemaWithJSON,
  ToolAnnotations,
  ToolCallback,
} from "@modelcontextprotocol/server";

/** One call of a tool of ours, and whoever made it. */
export type OwnCall = {
  ownerId: string;
  /** Aborts when nobody waits for the answer any more: it was cancelled, or the caller is gone. */
  signal: AbortSignal;
  /** Whether the caller called it off. A caller of 2025 that is merely gone has not: it may come back and look. */
  wasCancelled: () => boolean;
  /** Tells the caller how far it is, if it wants to know. `done` must grow from one report to the next. */
  report: (done: number, message: string) => void;
};

export type OwnResult = {
  /** For the model, one block each. */
  texts: readonly string[];
  /** The same for programs; fits the tool's output schema. */
  structured: Record<string, unknown>;
  isError?: boolean;
};

/** A tool that any MCP server of ours can offer. */
export type OwnTool = {
  register: (server: McpServer, callOf: (context: ServerContext) => OwnCall & Disposable) => void;
};

type Input<TSchema extends StandardSchemaWithJSON> = StandardSchemaWithJSON.InferOutput<TSchema>;

/** Ties a tool's schemas to what it does: `run` gets what `inputSchema` has let through. */
export function createOwnTool<TInput extends StandardSchemaWithJSON>(tool: {
  name: string;
  title: string;
  description: string;
  inputSchema: TInput;
  outputSchema: StandardSchemaWithJSON;
  annotations: ToolAnnotations;
  run: (input: Input<TInput>, call: OwnCall) => Promise<OwnResult>;
  /** What the caller is told of an error; never a stack, a path or a statement. */
  problemOf: (error: unknown) => string;
}): OwnTool {
  const { name, run, problemOf, ...definition } = tool;
  return {
    register(server, callOf) {
      const answer = async (input: Input<TInput>, context: ServerContext): Promise<CallToolResult> => {
        try {
          using call = callOf(context);
          return toCallResult(await run(input, call));
        } catch (error) {
          return { content: [{ type: "text", text: problemOf(error) }], isError: true };
        }
      };
      server.registerTool(name, definition, answer as ToolCallback<TInput>);
    },
  };
}

function toCallResult({ texts, structured, isError = false }: OwnResult): CallToolResult {
  return {
    content: texts.map((text) => ({ type: "text", text })),
    structuredContent: structured,
    ...(isError && { isError }),
  };
}

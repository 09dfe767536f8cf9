import { inputRequired, McpServer } from "@modelcontextprotocol/server";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { z } from "zod";

/** What the fixture has seen and done, shared by all its sessions and requests. */
export type FixtureState = {
  /** How often `add_once` ran. */
  count: number;
  /** Calls of `hang` that began, and those the client gave up. */
  hanging: number;
  cancelled: number;
  /** Names of tools beside the fixed ones. */
  extraTools: string[];
  /** Whoever connects from now on finds no prompts and no resources. */
  hasOnlyTools: boolean;
  description: string;
  ttlMs: number;
  cacheScope: "public" | "private";
};

export function createFixtureState(): FixtureState {
  const list = { extraTools: [], description: "Says it again.", ttlMs: 0, cacheScope: "private" as const };
  return { count: 0, hanging: 0, cancelled: 0, hasOnlyTools: false, ...list };
}

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

/** A server with a tool for each thing a host must cope with; the same for every era and transport. */
export function createFixtureServer(state: FixtureState): McpServer {
  const server = new McpServer(
    { name: "chatee-fixture", version: "1.0.0" },
    {
      capabilities: { tools: { listChanged: true } },
      instructions: "Be kind.",
      cacheHints: { "tools/list": { ttlMs: state.ttlMs, cacheScope: state.cacheScope } },
    },
  );
  const echo = { description: state.description, inputSchema: z.object({ text: z.string() }) };
  server.registerTool("echo", { ...echo, annotations: { readOnlyHint: true } }, ({ text: said }) => text(said));
  server.registerTool("add_once", { inputSchema: z.object({}) }, () => text(String(++state.count)));
  server.registerTool("big", { inputSchema: z.object({ bytes: z.number() }) }, ({ bytes }) => text("x".repeat(bytes)));
  for (const name of state.extraTools) registerExtraTool(server, name);
  registerSlowTools(server, state);
  registerQuestions(server);
  server.registerTool("everything", { inputSchema: z.object({}), outputSchema: z.object({ n: z.number() }) }, () => ({
    content: [
      { type: "text", text: "t" },
      { type: "image", data: "aW1n", mimeType: "image/png" },
      { type: "audio", data: "YXVk", mimeType: "audio/wav" },
      { type: "resource_link", uri: "fixture://a", name: "a", mimeType: "text/plain" },
      { type: "resource", resource: { uri: "fixture://b", text: "b" } },
    ],
    structuredContent: { n: 1 },
  }));
  if (state.hasOnlyTools) return server;
  server.registerResource("a", "fixture://a", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: "text/plain", text: "content of a" }],
  }));
  server.registerPrompt("greet", { argsSchema: z.object({ name: z.string() }) }, ({ name }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Greet ${name}` } }],
  }));
  return server;
}

export function registerExtraTool(server: McpServer, name: string): void {
  server.registerTool(name, { description: "Comes and goes.", inputSchema: z.object({}) }, () => text(name));
}

function registerSlowTools(server: McpServer, state: FixtureState): void {
  const steps = { inputSchema: z.object({ steps: z.number(), everyMs: z.number() }) };
  server.registerTool("countdown", steps, async ({ steps, everyMs }, { mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (let progress = 1; progress <= steps; progress++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      if (progressToken === undefined) continue;
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: steps } });
    }
    return text("done");
  });
  server.registerTool("hang", { inputSchema: z.object({}) }, (_, { mcpReq }) => {
    state.hanging += 1;
    return new Promise((resolve) => {
      mcpReq.signal.addEventListener("abort", () => {
        state.cancelled += 1;
        resolve(text("given up"));
      });
    });
  });
}

function registerQuestions(server: McpServer): void {
  server.registerTool("ask_name", { inputSchema: z.object({}) }, (_, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.["name"] as { action: string; content?: { name?: string } } | undefined;
    if (answer !== undefined) return text(`${answer.action} ${answer.content?.name ?? ""}`.trim());
    const requestedSchema = {
      type: "object" as const,
      properties: { name: { type: "string" as const } },
      required: ["name"],
    };
    return inputRequired({ inputRequests: { name: inputRequired.elicit({ message: "Who?", requestedSchema }) } });
  });
  server.registerTool("ask_page", { inputSchema: z.object({ url: z.string() }) }, ({ url }, { mcpReq }) => {
    const answer = mcpReq.inputResponses?.["page"] as { action: string } | undefined;
    if (answer !== undefined) return text(answer.action);
    return inputRequired({ inputRequests: { page: inputRequired.elicitUrl({ message: "Sign here", url }) } });
  });
}

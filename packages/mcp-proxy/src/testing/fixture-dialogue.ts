import { setTimeout as wait } from "node:timers/promises";
import { fromJsonSchema } from "@modelcontextprotocol/server";
import type { CallToolResult, ElicitRequestFormParams, McpServer, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import { text } from "./fixture-content.ts";

/** What the suite wants between two notices, so that they are seen to come one by one. */
const stepMs = 50;

const jsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

/** Tools that say something before they answer, or read what the request says besides their arguments. */
export function addStreamingTools(server: McpServer): void {
  server.registerTool("test_tool_with_logging", { description: "Logs three times" }, async (context) => {
    await context.mcpReq.log("info", "Tool execution started");
    await wait(stepMs);
    await context.mcpReq.log("info", "Tool processing data");
    await wait(stepMs);
    await context.mcpReq.log("info", "Tool execution completed");
    return text("Tool with logging executed successfully");
  });
  server.registerTool("test_logging_tool", { description: "Logs once" }, async (context) => {
    await context.mcpReq.log("info", "Logged");
    return text("Logged, if a level was asked for");
  });
  server.registerTool("test_tool_with_progress", { description: "Makes progress" }, async (context) => {
    for (const progress of [0, 50, 100]) {
      await reportProgress(context, progress);
      if (progress < 100) await wait(stepMs);
    }
    return text("Tool with progress executed successfully");
  });
  server.registerTool("test_reconnection", { description: "Hangs up in the middle of a call" }, async (context) => {
    context.http?.closeSSE?.();
    await wait(stepMs);
    return text("Answered after the client came back");
  });
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Tool with JSON Schema 2020-12 features", inputSchema: fromJsonSchema(jsonSchema as never) },
    (input) => text(`Called with ${JSON.stringify(input)}`),
  );
  const headerSchema = {
    type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region" }, note: { type: "string" } },
    required: ["region"],
  };
  server.registerTool(
    "test_parameter_in_header",
    { description: "Has a parameter that is repeated in a header", inputSchema: fromJsonSchema(headerSchema as never) },
    (input) => text(`Called with ${JSON.stringify(input)}`),
  );
}

async function reportProgress({ mcpReq }: ServerContext, progress: number): Promise<void> {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  const params = { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` };
  await mcpReq.notify({ method: "notifications/progress", params });
}

/** Tools that ask the client in the middle of a call, which revisions up to 2025-11-25 do on the response stream. */
export function addAskingTools(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, { mcpReq }) => {
      const { content } = await mcpReq.requestSampling({
        messages: [{ role: "user", content: { type: "text", text: prompt } }],
        maxTokens: 100,
      });
      const [first] = Array.isArray(content) ? content : [content];
      return text(`LLM response: ${first?.type === "text" ? first.text : "none"}`);
    },
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) =>
      ask(context, "User response", {
        message,
        requestedSchema: {
          type: "object",
          properties: {
            username: { type: "string", description: "User's response" },
            email: { type: "string", description: "User's email address" },
          },
          required: ["username", "email"],
        },
      }),
  );
  server.registerTool("test_elicitation_sep1034_defaults", { description: "Asks with defaults" }, (context) =>
    ask(context, "Elicitation completed", {
      message: "Please review the defaults",
      requestedSchema: {
        type: "object",
        properties: {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        },
      },
    }),
  );
  server.registerTool("test_elicitation_sep1330_enums", { description: "Asks with choices" }, (context) =>
    ask(context, "Elicitation completed", {
      message: "Please choose",
      requestedSchema: {
        type: "object",
        properties: {
          untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
          titledSingle: { type: "string", oneOf: titled("value", "Option") },
          legacyEnum: {
            type: "string",
            enum: ["opt1", "opt2", "opt3"],
            enumNames: ["Option One", "Option Two", "Option Three"],
          },
          untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
          titledMulti: { type: "array", items: { anyOf: titled("value", "Choice") } },
        },
      },
    }),
  );
}

const titled = (value: string, title: string) =>
  ["First", "Second", "Third"].map((place, at) => ({ const: `${value}${at + 1}`, title: `${place} ${title}` }));

async function ask(
  { mcpReq }: ServerContext,
  phrase: string,
  params: Omit<ElicitRequestFormParams, "mode">,
): Promise<CallToolResult> {
  const { action, content } = await mcpReq.elicitInput({ mode: "form", ...params });
  return text(`${phrase}: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import type { ToolDefinition } from "../catalogue.ts";
import { openConnection } from "../connection.ts";
import { fixtureOptions } from "./test-environment.ts";

/** What the official client suite tells the program it starts: where its server is, and what it is about. */
export type Errand = { url: string; scenario: string; context: string | undefined };

type Call = { name: string; arguments: Record<string, unknown> };

/**
 * The client under test. The suite wants a program; that one only carries its errand here, so that not every scenario
 * pays for loading all of the client anew.
 */
export async function openConformanceClient() {
  const http = createServer((req, res) => {
    void text(req)
      .then((errand) => run(JSON.parse(errand) as Errand))
      .then(
        () => res.writeHead(204).end(),
        () => res.writeHead(500).end(),
      );
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const courier = join(import.meta.dirname, "conformance-courier.ts");
  const { port } = http.address() as AddressInfo;
  return {
    command: `"${process.execPath}" "${courier}" http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Uses a connection the way a chat would, with everything the server has. */
async function run({ url, scenario, context }: Errand): Promise<void> {
  // The suite's forms have defaults, or one box to tick.
  const content: Record<string, boolean> = scenario.includes("2322") ? { confirmed: true } : {};
  const onElicitation = async () => ({ action: "accept" as const, content });
  await using connection = await openConnection({ type: "http-stream", url }, fixtureOptions({ onElicitation }));
  const tools = await connection.tools();
  for (const { name } of await connection.prompts()) await connection.getPrompt(name, {}).catch(() => {});
  for (const { uri } of await connection.resources()) await connection.readResource(uri).catch(() => {});
  const given = JSON.parse(context ?? "{}") as { toolCalls?: Call[] };
  const calls = given.toolCalls ?? tools.map((tool) => ({ name: tool.name, arguments: argumentsFor(tool, tools) }));
  // Some scenarios answer a call with what no client may accept.
  for (const call of calls) await connection.call(call).catch(() => {});
}

function argumentsFor(tool: ToolDefinition, tools: readonly ToolDefinition[]): Record<string, unknown> {
  if (tool.name === "add_numbers") return { a: 5, b: 3 };
  const shown = tools.find(({ name }) => name === "json_schema_2020_12_tool");
  return tool.name === "json_schema_echo" ? { schema: shown?.inputSchema } : {};
}

import { join } from "node:path";
import { freePort, openTemporaryFolder, startPrivateProcess } from "@chatee/tooling/private-process";

const packages = join(import.meta.dirname, "..", "..", "..", "node_modules", "@modelcontextprotocol");

/** A published server's own program on a free port, ended with its scope. */
export async function openPublishedServer(options: {
  /** Below `node_modules/@modelcontextprotocol`. */
  program: string;
  args?: readonly string[];
  /** Variables that are to hold the port, and further free ones. */
  portNames: readonly string[];
  readyLine: RegExp;
  /** Instead of a free one. */
  port?: number;
}) {
  const folder = await openTemporaryFolder("mcp-server");
  const ports = await Promise.all(options.portNames.map(async () => options.port ?? (await freePort())));
  const variables = options.portNames.map((name, index) => `${name}=${ports[index]}`);
  const node = [process.execPath, join(packages, options.program), ...(options.args ?? [])];
  const { readyLine } = options;
  const server = await startPrivateProcess({
    command: "/usr/bin/env",
    args: [...variables, ...node],
    folder: folder.path,
    readyLine,
  });
  return {
    origin: `http://localhost:${ports[0]}`,
    async [Symbol.asyncDispose]() {
      await server.end("SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const everythingOverHttp = {
  program: "server-everything/dist/index.js",
  args: ["streamableHttp"],
  portNames: ["PORT"],
  readyLine: /listening on port/,
};
export const everythingOverSse = {
  program: "server-everything/dist/index.js",
  args: ["sse"],
  portNames: ["PORT"],
  readyLine: /running on port/,
};
export const oauthExample = {
  program: "sdk/dist/esm/examples/server/simpleStreamableHttp.js",
  args: ["--oauth"],
  portNames: ["MCP_PORT", "MCP_AUTH_PORT"],
  readyLine: /MCP Streamable HTTP Server listening/,
};

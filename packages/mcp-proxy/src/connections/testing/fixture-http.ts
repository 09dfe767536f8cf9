import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } from "@modelcontextprotocol/node";
import { createMcpHandler, isLegacyRequest } from "@modelcontextprotocol/server";
import type { McpServer } from "@modelcontextprotocol/server";
import { createFixtureServer, createFixtureState, registerExtraTool } from "./fixture-tools.ts";
import type { FixtureState } from "./fixture-tools.ts";

export type SeenRequest = { method: string; headers: IncomingMessage["headers"]; rpcMethod: string | undefined };

export type FixtureHttp = AsyncDisposable & {
  readonly url: string;
  readonly state: FixtureState;
  readonly seen: SeenRequest[];
  /** What a restart does to the sessions of 2025: all ids become unknown. */
  forgetSessions: () => Promise<void>;
  addTool: (name: string) => void;
  /** Tells everybody who listens that the tools have changed. */
  tellToolsChanged: () => void;
  /** Answers instead of the server while it returns true. */
  intercept: ((req: IncomingMessage, res: ServerResponse, body: unknown) => boolean) | undefined;
  /** Which eras it speaks from now on. */
  eras: "both" | "legacy" | "modern";
};

/** The fixture over Streamable HTTP on a loopback port: sessions for 2025-era clients, stateless for 2026-07-28. */
export async function openFixtureHttp(eras: FixtureHttp["eras"] = "both"): Promise<FixtureHttp> {
  const state = createFixtureState();
  const sessions = new Map<string, { transport: NodeStreamableHTTPServerTransport; server: McpServer }>();
  const modern = createMcpHandler(() => createFixtureServer(state), { legacy: "reject", keepAliveMs: 0 });
  const serveModern = toNodeHandler(modern);

  async function serveLegacy(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    const id = req.headers["mcp-session-id"];
    const known = typeof id === "string" ? sessions.get(id) : undefined;
    if (known !== undefined) return known.transport.handleRequest(req, res, body);
    if (id !== undefined) {
      res.writeHead(404, { "content-type": "application/json" });
      res.end(JSON.stringify({ jsonrpc: "2.0", error: { code: -32_001, message: "Session not found" }, id: null }));
      return;
    }
    const server = createFixtureServer(state);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (sessionId) => void sessions.set(sessionId, { transport, server }),
    });
    await server.connect(transport);
    return transport.handleRequest(req, res, body);
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = req.method === "POST" ? await readJson(req) : undefined;
    const rpcMethod = typeof body === "object" && body !== null && "method" in body ? String(body.method) : undefined;
    fixture.seen.push({ method: req.method ?? "", headers: req.headers, rpcMethod });
    if (fixture.intercept?.(req, res, body) === true) return;
    const isLegacy =
      fixture.eras !== "modern" &&
      (fixture.eras === "legacy" || (await isLegacyRequest(await toWebRequest(req, body), body)));
    await (isLegacy ? serveLegacy(req, res, body) : serveModern(req, res, body));
  }

  const http = createServer((req, res) => void handle(req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const fixture: FixtureHttp = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    state,
    seen: [],
    intercept: undefined,
    eras,
    async forgetSessions() {
      const open = [...sessions.values()];
      sessions.clear();
      await Promise.all(open.map(({ transport }) => transport.close()));
    },
    addTool(name) {
      state.extraTools.push(name);
      for (const { server } of sessions.values()) registerExtraTool(server, name);
    },
    tellToolsChanged() {
      modern.notify.toolsChanged();
      for (const { server } of sessions.values()) server.sendToolListChanged();
    },
    async [Symbol.asyncDispose]() {
      await fixture.forgetSessions();
      await modern.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return fixture;
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  const source = Buffer.concat(chunks).toString("utf8");
  return source === "" ? undefined : JSON.parse(source);
}

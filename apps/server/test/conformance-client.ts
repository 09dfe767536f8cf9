import type { Errand } from "@chatee/mcp-proxy/testing/client-conformance";
import type { AppRouter } from "@chatee/api/app-router";
import type { Failure } from "@chatee/shared/failure";
import { TRPCClientError } from "@trpc/client";
import type { Address, TestClient } from "./create-test-server.ts";
import { followSignIn } from "./rotating-issuer.ts";

type Call = { name: string; arguments: Record<string, unknown> };
type Tool = { name: string; inputSchema?: unknown };

/** Ways to sign in that the protocol leaves to extensions, and chatee does not have. */
export const isExtension = /^auth\/(client-credentials|cross-app|enterprise|dpop|wif)/;

/** More sign-ins than any honest server asks for. */
const maxSignIns = 3;

/** A person at chatee's typed API who runs an errand of the official client suite: adds its server, signs in, uses it. */
export function createConformanceClient(server: Address, { client }: TestClient) {
  const { mcp } = client;

  async function signIn(serverId: string, { context }: Errand): Promise<void> {
    const { client_id: clientId, client_secret: clientSecret } = context;
    const given = typeof clientId === "string" ? { clientId, clientSecret: String(clientSecret) } : {};
    const { authorizationUrl } = await mcp.oauth.start.mutate({ serverId, ...given });
    const { state = "", code, iss } = await followSignIn(authorizationUrl, `${server.url}/mcp/oauth/callback`);
    await mcp.oauth.finish.mutate({ state, ...(code !== undefined && { code }), ...(iss !== undefined && { iss }) });
  }

  async function readAll(serverId: string): Promise<void> {
    const { prompts } = await mcp.prompts.query({ serverId });
    for (const { name } of prompts) if (typeof name === "string") await mcp.getPrompt.query({ serverId, name });
    const { resources } = await mcp.resources.query({ serverId });
    for (const { uri } of resources) if (typeof uri === "string") await mcp.readResource.query({ serverId, uri });
  }

  return async function runErrand(errand: Errand): Promise<void> {
    if (isExtension.test(errand.scenario)) return;
    const { url, scenario, context } = errand;
    const { serverId } = await mcp.create.mutate({ name: scenario, url });
    let signIns = 0;
    async function using<T>(work: () => Promise<T>): Promise<T> {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (codeOf(error) !== "mcp.needs_sign_in" || signIns++ === maxSignIns) throw error;
          await signIn(serverId, errand);
        }
      }
    }
    try {
      const { tools } = await using(() => mcp.tools.query({ serverId }));
      if (scenario.startsWith("http-")) await readAll(serverId);
      const listed = (context["toolCalls"] as Call[] | undefined) ?? tools.map((tool) => callOf(tool, tools));
      for (const call of listed) await using(() => mcp.call.mutate({ serverId, ...call })).catch(unlessSignIn);
    } finally {
      await mcp.delete.mutate({ serverId });
    }
  };
}

/** Answers every form like somebody who ticks the boxes that have to be ticked and leaves the rest as it is. */
export function answerForms({ client }: TestClient): Disposable {
  const { interactions } = client;
  const listening = interactions.events.subscribe(undefined, {
    onData({ interactions: open }) {
      for (const { interactionId, kind, request } of open) {
        if (kind !== "elicitation_form") continue;
        const { properties = {} } = request.schema as {
          properties?: Record<string, { type?: string; default?: unknown }>;
        };
        const boxes = Object.entries(properties).filter(
          ([, box]) => box.type === "boolean" && box.default === undefined,
        );
        const content = Object.fromEntries(boxes.map(([name]) => [name, true]));
        void interactions.answer.mutate({ interactionId, response: { action: "accept", content } }).catch(() => {});
      }
    },
  });
  return { [Symbol.dispose]: () => listening.unsubscribe() };
}

/** Some scenarios answer a call with what no client may accept; that nobody is signed in is another matter. */
function unlessSignIn(error: unknown): void {
  if (codeOf(error) === "mcp.needs_sign_in") throw error;
}

/** Why chatee refused, in one word; null when it did not. */
export function reasonOf(error: unknown): unknown {
  const failure = failureIn(error);
  return failure && "reason" in failure ? failure.reason : (failure?.code ?? error);
}

function failureIn(error: unknown): Failure | null {
  if (!(error instanceof TRPCClientError)) return null;
  return (error as TRPCClientError<AppRouter>).data?.failure ?? null;
}

const codeOf = (error: unknown) => failureIn(error)?.code;

function callOf(tool: Tool, tools: readonly Tool[]): Call {
  if (tool.name === "add_numbers") return { name: tool.name, arguments: { a: 5, b: 3 } };
  const shown = tools.find(({ name }) => name === "json_schema_2020_12_tool");
  return { name: tool.name, arguments: tool.name === "json_schema_echo" ? { schema: shown?.inputSchema } : {} };
}

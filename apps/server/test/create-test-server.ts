import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppRouter } from "@chatee/api/app-router";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from "@trpc/client";
import type { TRPCClient } from "@trpc/client";
import superjson from "superjson";
import { WebSocket } from "ws";
import { openChatee } from "../src/compose.ts";
import { parseConfig } from "../src/config.ts";
import { createLogger } from "../src/logger.ts";

/** Where a server is and how to come in; enough for a client. */
export type Address = { url: string; token: string };

/** A data directory that is gone with its scope. */
export async function openTestDirectory() {
  const path = await mkdtemp(join(tmpdir(), "chatee-server-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * The whole server in this process, on a free port; closed with its scope. Without a `dataDirectory` it has one of its
 * own, which goes with it.
 */
export async function createTestServer(
  options: { file?: Record<string, unknown>; env?: Record<string, string>; dataDirectory?: string } = {},
) {
  await using own = new AsyncDisposableStack();
  const dataDirectory = options.dataDirectory ?? own.use(await openTestDirectory()).path;
  const token = "test-token-with-enough-characters";
  const env = { CHATEE_SERVER__PORT: "0", CHATEE_AUTH__TOKEN: token, ...options.env };
  const chatee = await openChatee({
    config: parseConfig(options.file ?? null, env),
    dataDirectory,
    logger: createLogger({ level: process.env["CHATEE_TEST_LOG"] ?? "silent" }),
  });
  const url = `http://127.0.0.1:${chatee.port}`;
  const parts = own.move();
  return {
    url,
    token,
    port: chatee.port,
    dataDirectory,
    close: chatee.close,
    async [Symbol.asyncDispose]() {
      await chatee.close();
      await parts.disposeAsync();
    },
  };
}

/** `fetch` with the token; `path` begins with a slash. */
export function fetchFrom({ url, token }: Address) {
  return (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
    return fetch(`${url}${path}`, { ...init, headers });
  };
}

export type TestClient = AsyncDisposable & { client: TRPCClient<AppRouter> };

/** The typed client as a program would build it: calls over HTTP, subscriptions over one WebSocket that reconnects. */
export function openClient({ url, token }: Address): TestClient {
  const headers = { authorization: `Bearer ${token}` };
  class SignedIn extends WebSocket {
    constructor(address: string | URL) {
      super(address, { headers });
    }
  }
  const socket = createWSClient({
    url: `${url.replace(/^http/, "ws")}/trpc`,
    WebSocket: SignedIn as never,
    retryDelayMs: (attempt) => Math.min(500, 20 * 2 ** attempt),
    lazy: { enabled: true, closeMs: 1_000 },
  });
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: wsLink({ client: socket, transformer: superjson }),
        false: httpBatchLink({ url: `${url}/trpc`, transformer: superjson, headers, maxItems: 50 }),
      }),
    ],
  });
  return { client, [Symbol.asyncDispose]: async () => await socket.close() };
}

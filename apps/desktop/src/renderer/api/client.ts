import type { AppRouter } from "@chatee/api/app-router";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { createTRPCClient, createWSClient, httpBatchLink, splitLink, wsLink } from "@trpc/client";
import type { TRPCClient } from "@trpc/client";
import { backOffMs } from "./back-off.ts";
import { createConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";
import { isNetworkProblem, toProblem } from "./problem.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";
import { createTabs } from "./tabs.ts";
import type { Tabs } from "./tabs.ts";

export type ApiClient = TRPCClient<AppRouter>;

export type Access = "unknown" | "signed_in" | "signed_out";

export type Api = {
  client: ApiClient;
  queryClient: QueryClient;
  connection: Connection;
  tabs: Tabs;
  access: Store<Access>;
  signedIn: () => void;
};

/** Longer than the slowest honest answer (testing a model waits 30 s), so that no spinner turns for ever. */
const callTimeoutMs = 45_000;
/** Sums up a long session for many minutes, and is ended by the server after an hour. */
const longCall = "sessions.summarize";
const longCallTimeoutMs = 61 * 60_000;
const probeTimeoutMs = 5_000;
/** A query whose input may hold an API key. Over HTTP its input would stand in an address; over the socket it does not. */
const carriesKey = "llm.models";

type Wrapped = { json: unknown };

/**
 * The wire is superjson's envelope around plain JSON: chatee's values are plain by construction (times are epoch
 * milliseconds), so neither side needs the walk that looks for others.
 */
const plain = {
  serialize: (value: unknown): Wrapped => ({ json: value === undefined ? null : value }),
  deserialize: (value: Wrapped): unknown => value.json,
};
const transformer = { input: plain, output: plain };

/** The one door to the server: HTTP for calls, one lazily opened WebSocket for everything that is followed. */
export function createApi(origin: string): Api {
  const access = createStore<Access>("unknown");
  const tabs = createTabs(new BroadcastChannel("chatee"));

  async function probe(): Promise<boolean> {
    try {
      const response = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(probeTimeoutMs) });
      return response.status < 500;
    } catch {
      return false;
    }
  }
  const connection = createConnection({ probe, random: Math.random });

  /** Reports whether the server was reached; what it answered is the caller's business. */
  async function fetchCounted(input: RequestInfo | URL | string, init?: RequestInit): Promise<Response> {
    const isLong = (input instanceof Request ? input.url : String(input)).includes(longCall);
    const timeout = AbortSignal.timeout(isLong ? longCallTimeoutMs : callTimeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const response = await fetch(input, { ...init, signal });
      if (response.status === 401) access.set("signed_out");
      // What only reads is asked for with GET.
      if (init?.method === "POST" && response.ok) tabs.tell();
      return response;
    } catch (error) {
      if (!init?.signal?.aborted) connection.httpFailed();
      throw error;
    }
  }

  const socket = createWSClient({
    url: `${origin.replace(/^http/, "ws")}/trpc`,
    lazy: { enabled: true, closeMs: 30_000 },
    keepAlive: { enabled: true, intervalMs: 15_000, pongTimeoutMs: 25_000 },
    retryDelayMs: (attempt) => backOffMs(attempt, Math.random, 200),
  });
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type, path }) => type === "subscription" || path === carriesKey,
        true: wsLink({ client: socket, transformer }),
        false: httpBatchLink({
          url: `${origin}/trpc`,
          transformer,
          maxItems: 50,
          maxURLLength: 6_000,
          fetch: fetchCounted,
        }),
      }),
    ],
  });

  /** A refused upgrade looks like a dead server to a page; a plain call tells the two apart. */
  async function askWhetherSignedIn(): Promise<void> {
    await client.system.info.query().catch(() => {});
  }
  socket.connectionState.subscribe({
    next(state) {
      if (state.state === "pending" || state.state === "idle") connection.socketOpened();
      else if (state.error) {
        connection.socketFailed();
        if (access.get() === "signed_in") void askWhetherSignedIn();
      }
    },
  });

  const onError = (error: unknown) => {
    if (toProblem(error).kind === "signed_out") access.set("signed_out");
  };
  const retry = (count: number, error: unknown) => count < 3 && isNetworkProblem(error);
  const retryDelay = (attempt: number) => backOffMs(attempt, Math.random, 500);
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // "always": chatee usually runs on this very machine, whatever the browser thinks of the network.
      queries: { networkMode: "always", staleTime: 5_000, retry, retryDelay },
      mutations: { networkMode: "always", retry: false },
    },
  });
  connection.onRecovered(() => void queryClient.invalidateQueries());
  tabs.onNews(() => void queryClient.invalidateQueries());

  return {
    client,
    queryClient,
    connection,
    tabs,
    access: { get: access.get, subscribe: access.subscribe },
    signedIn: () => access.set("signed_in"),
  };
}

import { McpError } from "./mcp-failure.ts";
import { limitBody, readShortBody } from "./body-limit.ts";
import type { HttpServerSpec } from "../server-spec.ts";
import { serverAddress } from "../server-spec.ts";

/** A fetch that has looked at every address it connects to. */
export type GuardedFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** What a server said when it wanted other credentials (RFC 6750, RFC 9728). */
export type Refusal = {
  status: 401 | 403;
  wwwAuthenticate: string | null;
  /** The headers `authorization.headers` had given for the refused request. */
  sent: Readonly<Record<string, string>>;
};

/** Whose credentials a connection carries. Asked per request, so that a refreshed token is used at once. */
export type Authorization = {
  /** Names whose credentials these are (not the credentials); what is cached for one key is never shown to another. */
  credentialKey: string;
  headers: (request: {
    url: URL;
    method: string;
  }) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Called at most once per request. "retry" when `headers` would answer differently now. */
  onRefused: (refusal: Refusal) => Promise<"retry" | "give_up">;
};

export type ServerExchange = {
  fetch: GuardedFetch;
  /** Why the exchange for this JSON-RPC id ended early, if we ended it. Forgets it. */
  takeFailure: (id: string | number) => McpError | undefined;
  /** The last failure of a request that carried no id, such as the opening of a stream. */
  lastFailure: () => McpError | undefined;
};

const shortBodyBytes = 64 * 1024;
/** Headers that say what a message is; nobody's configuration may contradict the message. */
const ownHeaders =
  /^(accept|content-.*|host|connection|transfer-encoding|upgrade|te|trailer|keep-alive|mcp-(?!param-).*)$/i;

/**
 * The one way a connection speaks HTTP. Headers of the owner go to the server's own origin only; a 401, or a 403 that
 * asks for more scope, is put to `authorization` once and repeated if that helps; bodies are bounded; 3xx, 401, 403, 429
 * and 5xx become typed failures (none of them says anything about the protocol era); everything else passes unchanged.
 */
export function createServerExchange(options: {
  spec: HttpServerSpec;
  fetch: GuardedFetch;
  authorization: Authorization;
  maxMessageBytes: number;
}): ServerExchange {
  const { spec, authorization, maxMessageBytes } = options;
  const origin = serverAddress(spec).origin;
  const failures = new Map<string | number, McpError>();
  let last: McpError | undefined;

  async function send(url: URL, init: RequestInit, method: string): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const sent = await authorization.headers({ url, method });
      const headers = new Headers(init.headers);
      setAll(headers, spec.headers ?? {});
      setAll(headers, sent);
      const response = await options.fetch(url, { ...init, headers, redirect: "manual" });
      if (attempt > 0 || !asksForCredentials(response)) return response;
      const wwwAuthenticate = response.headers.get("www-authenticate");
      const status = response.status === 401 ? 401 : 403;
      if ((await authorization.onRefused({ status, wwwAuthenticate, sent })) === "give_up") return response;
      await response.body?.cancel();
    }
  }

  async function exchange(input: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input);
    const method = (init.method ?? "GET").toUpperCase();
    if (url.origin !== origin) throw new McpError({ code: "mcp.redirected", to: url.origin });
    if (spec.type === "http-post" && method === "GET") return new Response(null, { status: 405 });
    const response = await send(url, init, method);
    const failure = failureOf(response, url);
    if (failure !== undefined) {
      await response.body?.cancel();
      throw failure;
    }
    if (!response.ok) {
      const { status, statusText, headers } = response;
      return new Response(await readShortBody(response, shortBodyBytes), { status, statusText, headers });
    }
    const id = method === "POST" ? requestId(init.body) : undefined;
    return limitBody(response, maxMessageBytes, (error) => remember(id, error));
  }

  function remember(id: string | number | undefined, error: McpError): void {
    if (id === undefined) last = error;
    else if (failures.size < 1_000) failures.set(id, error);
  }

  return {
    async fetch(input, init) {
      try {
        return await exchange(input, init);
      } catch (error) {
        if (error instanceof McpError) last = error;
        throw error;
      }
    },
    takeFailure(id) {
      const failure = failures.get(id);
      failures.delete(id);
      return failure;
    },
    lastFailure: () => last,
  };
}

function setAll(headers: Headers, added: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(added)) {
    if (!ownHeaders.test(name)) headers.set(name, value);
  }
}

function asksForCredentials(response: Response): boolean {
  if (response.status === 401) return true;
  return response.status === 403 && /insufficient_scope/.test(response.headers.get("www-authenticate") ?? "");
}

function failureOf(response: Response, url: URL): McpError | undefined {
  const { status } = response;
  if (status >= 300 && status < 400 && status !== 304) return redirectFailure(response, url);
  if (asksForCredentials(response)) {
    return new McpError({ code: "mcp.needs_auth", wwwAuthenticate: response.headers.get("www-authenticate") });
  }
  if (status === 403) return new McpError({ code: "mcp.forbidden" });
  if (status === 429) return new McpError({ code: "mcp.rate_limited", retryAfterMs: retryAfterMs(response) });
  return status >= 500 ? new McpError({ code: "mcp.http_error", status }) : undefined;
}

/** A redirect within the origin is the SDK's to follow (it keeps method and body); any other is refused and named. */
function redirectFailure(response: Response, url: URL): McpError | undefined {
  const location = response.headers.get("location");
  if (location === null || !URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  return target.origin === url.origin ? undefined : new McpError({ code: "mcp.redirected", to: target.origin });
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}

function requestId(body: RequestInit["body"]): string | number | undefined {
  if (typeof body !== "string") return undefined;
  const message: unknown = JSON.parse(body);
  if (typeof message !== "object" || message === null || !("id" in message)) return undefined;
  return typeof message.id === "string" || typeof message.id === "number" ? message.id : undefined;
}

import { fetch as undiciFetch } from "undici";
import type { Dispatcher } from "undici";
import { DialError, toDialError } from "./dial-error.ts";

export type GuardedFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

const redirects = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;

/**
 * `fetch` over a guarded dispatcher. Redirects differ: nobody is followed to another origin, so no header or body
 * ever arrives where it was not sent. Not asked for anything, a redirect is a failure; with `redirect: "follow"` it
 * is followed within its origin; with `"manual"` the response is handed over. Rejects with a `DialError`, or with the
 * reason of an aborted `signal`.
 */
export function createGuardedFetch(way: { parse: (url: string | URL) => URL; dispatcher: Dispatcher }): GuardedFetch {
  async function ask(url: URL, init: RequestInit): Promise<Response> {
    try {
      const request = { ...(init as object), redirect: "manual" as const, dispatcher: way.dispatcher };
      return await undiciFetch(url, request);
    } catch (error) {
      init.signal?.throwIfAborted();
      throw toDialError(error);
    }
  }

  return async (input, init = {}) => {
    let url = way.parse(input);
    let request = init;
    for (let hops = 0; ; hops++) {
      const response = await ask(url, request);
      if (!redirects.has(response.status) || init.redirect === "manual") return response;
      await response.body?.cancel();
      const next = nextUrl(url, response.headers.get("location"));
      if (init.redirect !== "follow" || next?.origin !== url.origin || hops === maxRedirects) {
        throw new DialError("redirected");
      }
      request = afterRedirect(request, response.status);
      url = way.parse(next);
    }
  };
}

function nextUrl(from: URL, location: string | null): URL | null {
  return location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null;
}

/** @throws DialError `redirected` when the body is a stream, which cannot be sent twice */
function afterRedirect(request: RequestInit, status: number): RequestInit {
  const method = (request.method ?? "GET").toUpperCase();
  if (method === "GET" || method === "HEAD") return request;
  if (status === 307 || status === 308) {
    if (request.body instanceof ReadableStream) throw new DialError("redirected");
    return request;
  }
  return { ...request, method: "GET", body: null };
}

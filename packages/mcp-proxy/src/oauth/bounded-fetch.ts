import type { GuardedFetch } from "../dialer/guarded-fetch.ts";
import { DialError } from "../dialer/dial-error.ts";
import { OAuthProblem } from "./oauth-problem.ts";

export type BoundedFetchOptions = { fetch: GuardedFetch; timeoutMs: number; maxBytes: number; signal?: AbortSignal };

/**
 * A fetch for small documents of strangers: the whole answer is read within the time and size it may take, so that
 * nobody holds us up with a body that never ends. Follows redirects within an origin for GET, and none for others.
 * Keeps the problem behind the last failure, since the SDK may turn what is thrown into something else.
 */
export function createBoundedFetch({ fetch, timeoutMs, maxBytes, signal }: BoundedFetchOptions) {
  let problem: OAuthProblem | null = null;

  async function ask(input: string | URL, init: RequestInit): Promise<Response> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const both = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const isGet = (init.method ?? "GET").toUpperCase() === "GET";
    const redirect = isGet && init.redirect !== "error" ? "follow" : "error";
    const response = await fetch(input, { ...init, redirect, signal: both });
    const body = await readAll(response, maxBytes, both);
    const { status, statusText, headers } = response;
    const isEmpty = status === 204 || status === 205 || status === 304;
    return new Response(isEmpty ? null : body, { status, statusText, headers });
  }

  return {
    problem: () => problem,
    async fetch(input: string | URL, init: RequestInit = {}): Promise<Response> {
      try {
        return await ask(input, init);
      } catch (error) {
        signal?.throwIfAborted();
        problem = toProblem(error);
        throw problem;
      }
    },
  };
}

async function readAll(response: Response, maxBytes: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  const onAbort = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return new Uint8Array(Buffer.concat(chunks));
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        await reader.cancel().catch(() => {});
        throw new OAuthProblem("bad_answer");
      }
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const unsafeDials = new Map([
  ["address_refused", "address_refused"],
  ["url_invalid", "unsafe"],
  ["redirected", "untrusted"],
  ["bad_answer", "bad_answer"],
] as const);

function toProblem(error: unknown): OAuthProblem {
  if (error instanceof OAuthProblem) return error;
  const code = error instanceof DialError ? unsafeDials.get(error.code as "redirected") : undefined;
  return new OAuthProblem(code ?? "unreachable", { cause: error });
}

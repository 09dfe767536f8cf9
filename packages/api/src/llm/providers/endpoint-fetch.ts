import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import type { ProviderDeps } from "../provider.ts";
import { toFailure } from "./provider-failure.ts";
import { readErrorText, retryAfterMsOf } from "./upstream-error.ts";

export type Endpoint = { provider: ProviderId; apiKey: string | null; model: string | null };

const maxErrorBytes = 64 * 1024;

/**
 * The one place where HTTP becomes failures: resolves only for 2xx that is not a web page, and otherwise throws a
 * `DomainError` with an `llm.*` failure, so no error object of a client library (they carry the whole prompt) goes
 * further. An abort passes through untouched. There is no retry here.
 */
export function createEndpointFetch(endpoint: Endpoint, deps: ProviderDeps): typeof globalThis.fetch {
  const { provider, apiKey } = endpoint;
  // A pasted key with a stray character cannot even be put into a header.
  if (apiKey && /[^\x21-\x7e]/.test(apiKey)) throw new DomainError({ code: "llm.wrong_key", provider });
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = withoutEmptyKeys(new Headers(init?.headers));
    let response: Response;
    try {
      response = await deps.fetch(url, { ...init, headers });
    } catch (error) {
      if (init?.signal?.aborted || error instanceof DomainError) throw error;
      throw new DomainError({ code: "llm.unreachable", provider, host: url.host }, { cause: error });
    }
    if (response.ok) {
      if (!/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) return response;
      await response.body?.cancel();
      throw new DomainError({
        code: "llm.bad_response",
        provider,
        detail: `${url.host} answered with a web page; is the address right?`,
      });
    }
    const text = await readText(response, maxErrorBytes).catch(() => "");
    init?.signal?.throwIfAborted();
    const retryAfterMs = retryAfterMsOf(response.headers, text, deps.now());
    throw new DomainError(toFailure(readErrorText(text, response.status), { ...endpoint, apiKey, retryAfterMs }));
  };
}

/** Keyless servers must see no credentials at all; client libraries send an empty header instead. */
function withoutEmptyKeys(headers: Headers): Headers {
  for (const name of ["authorization", "x-api-key", "x-goog-api-key"]) {
    if (/^(bearer)?\s*$/i.test(headers.get(name) ?? "-")) headers.delete(name);
  }
  return headers;
}

/** Reads at most `maxBytes` of a body and lets go of the rest. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    bytes += chunk.byteLength;
    if (bytes >= maxBytes) break;
  }
  return text + decoder.decode();
}

import { usualUrls } from "@chatee/shared/llm";

/** Endpoint paths that people paste although the client appends them itself. Longest first. */
const endpointPaths =
  /\/(chat\/completions|completions|embeddings|responses|messages|models(\/[^/]*)?|api\/(chat|generate|tags|show|version))$/;

export type ApiUrlRules = {
  /** The provider's public base, used when the user gave none. */
  fallback: string;
  /** Appended when the address names no API version: `v1`, `v1beta`. */
  version: string;
};

/**
 * Turns what a person typed into the base address of an API: no trailing slash, no endpoint path, with a version.
 * A full endpoint address (`…/chat/completions`) is taken at its word: whatever precedes the endpoint is the base,
 * so servers without a version in their path can be reached too.
 */
export function toBaseUrl(apiUrl: string | null, { fallback, version }: ApiUrlRules): string {
  if (!apiUrl?.trim()) return fallback;
  const url = new URL(apiUrl.trim());
  const path = url.pathname.replace(/\/+$/, "");
  const withoutEndpoint = path.replace(endpointPaths, "");
  const isEndpoint = withoutEndpoint !== path;
  const hasVersion = withoutEndpoint.split("/").some((segment) => /^v\d/.test(segment));
  return `${url.origin}${withoutEndpoint}${isEndpoint || hasVersion ? "" : `/${version}`}`;
}

/** Ollama's base is the host: its own API lives under `/api`, its OpenAI imitation under `/v1`. */
export function toOllamaUrl(apiUrl: string | null): string {
  if (!apiUrl?.trim()) return usualUrls.ollama;
  const url = new URL(apiUrl.trim());
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(endpointPaths, "")
    .replace(/\/(api|v1)$/, "");
  return `${url.origin}${path}/api`;
}

/** Query parameters some gateways want on every request (`?api-version=…`); empty for almost everybody. */
export function queryOf(apiUrl: string | null): Record<string, string> {
  return apiUrl?.trim() ? Object.fromEntries(new URL(apiUrl.trim()).searchParams) : {};
}

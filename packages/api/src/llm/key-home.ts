import { DomainError } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";
import { providerId, usualUrls } from "@chatee/shared/llm";

/** What decides where the key of a configuration is sent, and how. */
export type Endpoint = { provider: ProviderId; apiUrl: string | null };

/** A stored row's provider is text. */
export function endpointOf(row: { provider: string; apiUrl: string | null }): Endpoint {
  return { provider: providerId.parse(row.provider), apiUrl: row.apiUrl };
}

/** The maker's own address stands in for one that is not given; null where nothing is asked over a network. */
function urlOf({ provider, apiUrl }: Endpoint): URL | null {
  const url = apiUrl?.trim() || usualUrls[provider];
  return url === null ? null : new URL(url);
}

/**
 * A stored key belongs to the provider and the origin it was stored for; whoever may name an address must not be able to
 * have it sent there.
 *
 * @throws DomainError `llm.key_needed` when `wanted` is elsewhere
 */
export function assertKeyBelongs(
  stored: { configId: string; provider: string; apiUrl: string | null },
  wanted: Endpoint,
) {
  const home = endpointOf(stored);
  const url = urlOf(home);
  if (home.provider === wanted.provider && url?.origin === urlOf(wanted)?.origin) return;
  const { configId, provider } = stored;
  throw new DomainError({ code: "llm.key_needed", configId, provider, host: url?.host ?? provider });
}

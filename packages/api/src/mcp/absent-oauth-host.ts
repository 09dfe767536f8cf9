import { DomainError } from "@chatee/shared/failure";
import type { OAuthHost } from "./mcp-oauth-client.ts";

function unavailable(): never {
  throw new DomainError({ code: "feature.unavailable", feature: "Signing in to MCP servers" });
}

/** For a server that signs in nowhere. */
export function createAbsentOAuthHost(): OAuthHost {
  return {
    client: {
      challenge: async () => ({}),
      discover: async () => unavailable(),
      register: async () => unavailable(),
      authorize: async () => unavailable(),
      checkIssuer: async () => unavailable(),
      redeem: async () => unavailable(),
      refresh: async () => unavailable(),
      revoke: async () => unavailable(),
      isKnown: async () => unavailable(),
    },
    randomBytes: unavailable,
    redirectUri: unavailable,
    clientMetadataUrl: () => null,
  };
}

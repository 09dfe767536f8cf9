/** An authorization server whose metadata was checked. `issuer` is compared byte for byte. */
export type AuthorizationServer = {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  registrationEndpoint: string | null;
  revocationEndpoint?: string | null;
  tokenAuthMethods: readonly string[];
  scopes: readonly string[];
  namesItself: boolean;
  takesClientMetadataUrl: boolean;
};
/** As whom an authorization server knows us. */
export type KnownClient = { clientId: string; clientSecret: string | null; authMethod: string | null };
export type Tokens = {
  accessToken: string;
  /** Null: the one that was sent stays good, or there is none. */
  refreshToken: string | null;
  expiresInMs: number | null;
  scope: string | null;
};
export type Discovery = {
  server: AuthorizationServer;
  resource: string;
  scope: string | null;
  protectedResource: Record<string, unknown> | null;
  metadata: Record<string, unknown>;
};

/**
 * The requests of a sign-in. None reaches a private address that its owner did not register, and no word of anybody
 * else's is in what they reject with: a `DomainError`, `mcp.sign_in_failed` with the reason.
 */
export type OAuthClient = {
  /** What a `WWW-Authenticate` asks for. */
  challenge: (wwwAuthenticate: string | null) => Promise<{ scope?: string }>;
  discover: (serverUrl: string, signal?: AbortSignal) => Promise<Discovery>;
  register: (
    serverUrl: string,
    request: { server: AuthorizationServer; redirectUri: string },
    signal?: AbortSignal,
  ) => Promise<KnownClient>;
  authorize: (request: {
    server: AuthorizationServer;
    client: KnownClient;
    redirectUri: string;
    resource: string;
    scope: string | null;
    state: string;
  }) => Promise<{ authorizationUrl: string; verifier: string }>;
  /** Rejects with reason `wrong_issuer` unless a callback comes from who was asked. */
  checkIssuer: (server: AuthorizationServer, iss: string | null) => Promise<void>;
  redeem: (
    serverUrl: string,
    request: {
      server: AuthorizationServer;
      client: KnownClient;
      redirectUri: string;
      resource: string;
      code: string;
      verifier: string;
      iss: string | null;
    },
    signal?: AbortSignal,
  ) => Promise<Tokens>;
  refresh: (
    serverUrl: string,
    request: { server: AuthorizationServer; client: KnownClient; resource: string; refreshToken: string },
    signal?: AbortSignal,
  ) => Promise<Tokens>;
  /** Gives a token back; nothing happens where that is not offered. */
  revoke: (
    serverUrl: string,
    request: {
      server: AuthorizationServer;
      client: KnownClient;
      token: string;
      kind: "access_token" | "refresh_token";
    },
    signal?: AbortSignal,
  ) => Promise<void>;
  /** False only when an authorization server says that it does not know us. */
  isKnown: (
    serverUrl: string,
    request: { server: AuthorizationServer; client: KnownClient; redirectUri: string; resource: string },
    signal?: AbortSignal,
  ) => Promise<boolean>;
};

/** What signing in needs of the server around it. */
export type OAuthHost = {
  client: OAuthClient;
  randomBytes: (count: number) => Uint8Array;
  /** Where authorization servers send browsers back to. */
  redirectUri: () => string;
  /** Under which public https URL our own description is, to stand for a registration; null when there is none. */
  clientMetadataUrl: () => string | null;
};

import { once } from "node:events";
import { createServer } from "node:http";
import { freePort } from "@chatee/tooling/private-process";
import { Provider } from "oidc-provider";

type IssuerOptions = {
  accessTokenS?: number;
  /** How it gets the documents of clients that are known by a URL; without, nobody is. */
  fetchDocument?: (url: string) => Promise<Response>;
};

/**
 * A real authorization server that rotates refresh tokens and takes a second use of one for theft: then the whole grant
 * is over. Everybody may register, and everybody who comes is signed in at once.
 */
export async function openRotatingIssuer(options: IssuerOptions = {}) {
  const { accessTokenS = 3_600, fetchDocument } = options;
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    cookies: { keys: ["test"] },
    scopes: ["openid", "offline_access", "mcp"],
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      ...(fetchDocument && { clientIdMetadataDocument: { enabled: true, ack: "draft-02" } }),
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "mcp", accessTokenFormat: "opaque", accessTokenTTL: accessTokenS }),
      },
    },
    clientAuthMethods: ["none"],
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    ...(fetchDocument && { fetch: (url: URL | string) => fetchDocument(String(url)) }),
    interactions: { url: () => "/interaction" },
    loadExistingGrant: undefined,
  });
  let redemptions = 0;
  let refusals = 0;
  provider.on("grant.success", () => void redemptions++);
  provider.on("grant.error", () => void refusals++);
  const issued = new Map<string, { exp: number; grantId: string }>();
  const revoked = new Set<string>();
  const note = (token: unknown) => {
    const { jti, grantId, expiration } = token as { jti: string; grantId: string; expiration: number };
    issued.set(jti, { exp: Date.now() / 1_000 + expiration, grantId });
  };
  provider.on("access_token.saved", note);
  provider.on("access_token.issued", note);
  provider.on("grant.revoked", (_ctx, grantId) => void revoked.add(String(grantId)));
  const answer = provider.callback();
  let intercept: ((path: string) => "lose_request" | undefined) | undefined;
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/interaction")) {
      void (async () => {
        const { params } = await provider.interactionDetails(request, response);
        const grant = new provider.Grant({ accountId: "ann", clientId: params["client_id"] ?? "" });
        grant.addOIDCScope("openid offline_access mcp");
        grant.addResourceScope(params["resource"] ?? "", "mcp");
        const grantId = await grant.save();
        await provider.interactionFinished(request, response, { login: { accountId: "ann" }, consent: { grantId } });
      })();
      return;
    }
    if (intercept?.(request.url ?? "") === "lose_request") request.destroy();
    else answer(request, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    /** Codes and refresh tokens that were redeemed. */
    redemptions: () => redemptions,
    refusals: () => refusals,
    isGood(token: string): boolean {
      const found = issued.get(token);
      return found !== undefined && found.exp * 1_000 > Date.now() && !revoked.has(found.grantId);
    },
    /** Loses a registration, as after a restore from an old backup. */
    forgetClient: (clientId: string) => provider.Client.adapter.destroy(clientId),
    /** What becomes of answers from now on. */
    intercept(next: typeof intercept) {
      intercept = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Goes where a browser would go, until it is sent to `redirectUri`: the parameters it brings there. */
export async function followSignIn(authorizationUrl: string, redirectUri: string): Promise<Record<string, string>> {
  const jar = new Map<string, string>();
  let url = new URL(authorizationUrl);
  for (let hops = 0; hops < 10; hops++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: cookie ? { cookie } : {} });
    for (const set of response.headers.getSetCookie()) {
      const [name = "", value = ""] = set.split(";")[0]?.split("=") ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) throw new Error(`no redirect but ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return Object.fromEntries(url.searchParams);
  }
  throw new Error("too many redirects");
}

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { hostname } from "node:os";
import type { AccessService, Caller } from "@chatee/api/access/access.service";
import type { GuessLimiter } from "@chatee/api/access/guess-limiter";
import { DomainError } from "@chatee/shared/failure";
import { localOwnerId } from "@chatee/shared/ids";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import { isLoopback } from "./config.ts";
import type { Config } from "./config.ts";

type Knock = Pick<IncomingMessage, "headers" | "socket">;

export type Doors = ReturnType<typeof createDoors>;

/**
 * Who may knock, and who may come in. Loopback is no trust boundary: any page in a browser and any program
 * of the machine reaches it, so Host and Origin are compared with exact lists (DNS rebinding, foreign pages)
 * before a token is looked at. One implementation for HTTP requests and WebSocket upgrades.
 */
export function createDoors(deps: {
  config: Config;
  access: AccessService;
  limiter: GuessLimiter;
  boundPort: () => number;
}) {
  const { config, access, limiter } = deps;
  const publicUrl = config.server.public_url === undefined ? null : new URL(config.server.public_url);
  const isSecure = publicUrl?.protocol === "https:";
  const foreignOrigins = new Set(config.cors.origins);
  const cookieName = () => `chatee_${deps.boundPort()}`;

  let known: { port: number; hosts: Set<string> } | null = null;
  function hosts(): Set<string> {
    const port = deps.boundPort();
    if (known?.port === port) return known.hosts;
    const names = ["localhost", "127.0.0.1", "[::1]", inUrl(config.server.host)];
    if (!isLoopback(config.server.host)) names.push(hostname().toLowerCase());
    const all = names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
    if (publicUrl) all.push(publicUrl.host);
    known = { port, hosts: new Set(all) };
    return known.hosts;
  }

  /** On a server for the network, also the very address that this connection came in on. */
  function isOwnHost(host: string, socket: Knock["socket"]): boolean {
    if (hosts().has(host)) return true;
    if (isLoopback(config.server.host) || socket.localAddress === undefined) return false;
    const address = socket.localAddress.replace(/^::ffff:(?=\d+\.)/, "");
    return host === `${inUrl(address)}:${deps.boundPort()}`;
  }

  function isOwnOrigin(origin: string, socket: Knock["socket"]): boolean {
    const url = URL.canParse(origin) ? new URL(origin) : null;
    if (!url || url.origin !== origin) return false;
    if (publicUrl?.origin === origin) return true;
    // Hosts of a URL leave out the scheme's own port.
    const host = url.port === "" ? `${url.host}:${url.protocol === "https:" ? 443 : 80}` : url.host;
    return url.protocol === "http:" && isOwnHost(host, socket);
  }

  function cookieOf(headers: IncomingHttpHeaders): string | null {
    if (headers.cookie === undefined) return null;
    for (const part of headers.cookie.split(";")) {
      const [name, ...value] = part.trim().split("=");
      if (name === cookieName()) return value.join("=");
    }
    return null;
  }

  const peerOf = ({ socket }: Knock) => socket.remoteAddress ?? "unknown";

  return {
    /**
     * Refuses what comes under a foreign name or from a foreign page. `isPage` is a request for the UI itself,
     * which any page may link to.
     *
     * @throws DomainError `auth.forbidden`, `input.invalid` when there is no Host
     */
    admit(knock: Knock, isPage: boolean): void {
      const { headers, socket } = knock;
      const { host, origin } = headers;
      if (host === undefined || host === "") {
        throw new DomainError({
          code: "input.invalid",
          issues: [{ path: "host", message: "a Host header is required" }],
        });
      }
      if (!isOwnHost(host.toLowerCase(), socket)) {
        throw forbidden(
          "This server does not answer under this name. Set server.public_url to the address people use.",
        );
      }
      if (origin !== undefined) {
        if (isOwnOrigin(origin, socket) || foreignOrigins.has(origin)) return;
        throw forbidden("Requests from this origin are not allowed. Add it to cors.origins if it is yours.");
      }
      const site = headers["sec-fetch-site"];
      if (site === "cross-site" || site === "same-site") {
        if (isPage && headers["sec-fetch-mode"] === "navigate") return;
        throw forbidden("Requests from other sites are not allowed.");
      }
    },
    /** From which of our own addresses the page is that asks; null when it is no page of ours. */
    pageOrigin({ headers: { origin }, socket }: Knock): string | null {
      return origin !== undefined && isOwnOrigin(origin, socket) ? origin : null;
    },
    /** The origin to allow by CORS, or null when the request comes from our own page or from no page. */
    foreignOrigin({ headers }: Knock): string | null {
      return headers.origin !== undefined && foreignOrigins.has(headers.origin) ? headers.origin : null;
    },
    /**
     * Who is calling, by cookie or bearer token. Only bearer tokens can be guessed at: cookies hold nothing
     * but random numbers of ours, so a script that guesses wrong does not lock the person's browser out. With
     * `cookieFirst` a bearer may be meant for somebody else, and is looked at only when no cookie says who it is.
     *
     * @throws DomainError `auth.required`, `auth.too_many_attempts`
     */
    identify(knock: Knock, cookieFirst = false): MaybePromise<Caller> {
      if (config.auth.mode === "none") return { ownerId: localOwnerId, tokenId: "none" };
      const bearer = /^Bearer +(\S+) *$/i.exec(knock.headers.authorization ?? "")?.[1];
      const cookie = bearer === undefined || cookieFirst ? cookieOf(knock.headers) : null;
      return whenHere(cookie === null ? null : access.verify(cookie), (caller) => {
        if (caller?.tokenId.startsWith("browser:")) return caller;
        if (bearer === undefined) throw new DomainError({ code: "auth.required" });
        return this.redeem(knock, bearer);
      });
    },
    /** The `Authorization` that is not for us, as it came: no token of ours is in it. */
    async foreignAuthorization({ headers: { authorization } }: Knock): Promise<string | null> {
      if (authorization === undefined) return null;
      const words = authorization.split(/\s+/).filter((word) => word !== "");
      for (const word of words) if ((await access.verify(word)) !== null) return null;
      return authorization;
    },
    /** @throws DomainError `auth.required` for a wrong token, `auth.too_many_attempts` after too many of them */
    redeem(knock: Knock, token: string): MaybePromise<Caller> {
      limiter.check(peerOf(knock));
      return whenHere(access.verify(token), (caller) => {
        if (caller) return caller;
        limiter.failed(peerOf(knock));
        throw new DomainError({ code: "auth.required" });
      });
    },
    /** A `Set-Cookie` that signs a browser in until `expiresAtMs`; scripts of the page cannot read it. */
    cookie(token: string, expiresAtMs: number, nowMs: number): string {
      const seconds = Math.max(0, Math.floor((expiresAtMs - nowMs) / 1000));
      return `${cookieName()}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? "; Secure" : ""}`;
    },
    /** Whether this is one of our own addresses, and not the one that was asked: a browser may be sent on to it. */
    isOtherAddress: (origin: string, { headers, socket }: Knock): boolean =>
      isOwnOrigin(origin, socket) && new URL(origin).host !== headers.host?.toLowerCase(),
    /** Where people open chatee. */
    url: () => publicUrl?.href ?? `http://${inUrl(reachable(config.server.host))}:${deps.boundPort()}/`,
  };
}

function forbidden(reason: string): DomainError {
  return new DomainError({ code: "auth.forbidden", reason });
}

function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host.toLowerCase();
}

function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}

import { hash, timingSafeEqual } from "node:crypto";
import type { AccessStore, AccessTokenRow } from "@chatee/db/access.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import type { AccessToken, AuditAction, CreateAccessToken } from "@chatee/shared/access";
import { DomainError } from "@chatee/shared/failure";
import { localOwnerId } from "@chatee/shared/ids";
import { whenHere } from "@chatee/shared/maybe-promise";
import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { Environment } from "../environment.ts";

export type AccessDeps = {
  store: AccessStore;
  randomBytes: (count: number) => Uint8Array;
  environment: Pick<Environment, "now" | "newId" | "log">;
};

/** Who is calling, by which token. */
export type Caller = { ownerId: string; tokenId: string };

const maxTokenChars = 512;
const touchEveryMs = 60_000;
const browserLifeMs = 90 * 24 * 3_600_000;
const maxBrowsers = 100;

export type AccessService = ReturnType<typeof createAccessService>;

/**
 * Who may come in. Three kinds of tokens share one table, told apart by their ids: the install token (the
 * file in the data directory), access tokens that a person made, and browser tokens that stand in a cookie
 * and were issued in exchange for one of the others. A browser token never outlives its issuer. Only hashes
 * are stored.
 */
export function createAccessService({ store, randomBytes, environment }: AccessDeps) {
  const listeners = new Set<(tokenId: string) => void>();

  /** 256 random bits. */
  function mint(): { token: string; tokenHash: string } {
    const token = Buffer.from(randomBytes(32)).toString("base64url");
    return { token, tokenHash: hashOf(token) };
  }

  /** Null when the token that a browser was signed in with is gone. */
  async function browserEnd(ownerId: string, issuerId: string): Promise<number | null> {
    const issuer = await store.findToken(ownerId, issuerId);
    if (!issuer) return null;
    return Math.min(environment.now() + browserLifeMs, issuer.expiresAtMs ?? Infinity);
  }

  /** At most once a minute, so that a request costs no write. False when the token turns out to be dead. */
  function touch(row: AccessTokenRow): MaybePromise<boolean> {
    const now = environment.now();
    if (row.lastUsedAtMs !== null && Math.abs(now - row.lastUsedAtMs) < touchEveryMs) return true;
    return rememberUse(row, now);
  }

  async function rememberUse(row: AccessTokenRow, now: number): Promise<boolean> {
    const end = kindOf(row.tokenId) === "browser" ? await browserEnd(row.ownerId, issuerOf(row.tokenId)) : undefined;
    if (end === null) return false;
    try {
      await store.touchToken(row.tokenId, now, end);
    } catch {
      environment.log.warn({ tokenId: row.tokenId }, "the use of a token could not be remembered");
    }
    return true;
  }

  /** Keeps the table bounded: what ran out goes, and the browsers that were away for longest. */
  async function prune(ownerId: string): Promise<void> {
    await store.removeExpiredTokens(environment.now());
    const browsers = (await store.listTokens(ownerId)).filter(({ tokenId }) => kindOf(tokenId) === "browser");
    const byUse = browsers.toSorted((a, b) => (b.lastUsedAtMs ?? b.createdAtMs) - (a.lastUsedAtMs ?? a.createdAtMs));
    for (const { tokenId } of byUse.slice(maxBrowsers - 1)) await store.removeToken(ownerId, tokenId);
  }

  function entry(ownerId: string, action: AuditAction, subjectId: string) {
    return store.auditEntry(ownerId, { auditId: environment.newId(), action, subjectId, atMs: environment.now() });
  }

  async function installTokens(): Promise<AccessTokenRow[]> {
    return (await store.listTokens(localOwnerId)).filter(({ tokenId }) => kindOf(tokenId) === "install");
  }

  return {
    /** For a bearer and for a cookie alike; null for everything that is not a live token, however malformed. */
    verify(token: string): MaybePromise<Caller | null> {
      if (token === "" || token.length > maxTokenChars) return null;
      const tokenHash = hashOf(token);
      return whenHere(store.findLiveToken(tokenHash, environment.now()), (row) => {
        if (!row || !isSame(row.tokenHash, tokenHash)) return null;
        const { ownerId, tokenId } = row;
        return whenHere(touch(row), (isLive) => (isLive ? { ownerId, tokenId } : null));
      });
    },
    /** Whether a token that let somebody in would still do so. */
    async isLive({ ownerId, tokenId }: Caller): Promise<boolean> {
      const row = await store.findToken(ownerId, tokenId);
      return row !== undefined && (row.expiresAtMs === null || row.expiresAtMs > environment.now());
    },
    /**
     * A browser token for a cookie: good for 90 days after its last use, and no longer than the token it was
     * exchanged for. `issuedBy` is the `tokenId` that `verify` answered with; by default the install token.
     *
     * @throws DomainError `auth.required` when the issuer is gone
     */
    async issueCookie(ownerId: string, issuedBy?: string): Promise<{ token: string; expiresAtMs: number }> {
      await prune(ownerId);
      const given = issuedBy ?? (await installTokens()).at(-1)?.tokenId ?? "";
      const issuerId = kindOf(given) === "browser" ? issuerOf(given) : given;
      const expiresAtMs = await browserEnd(ownerId, issuerId);
      if (expiresAtMs === null) throw new DomainError({ code: "auth.required" });
      const { token, tokenHash } = mint();
      const now = environment.now();
      const tokenId = `${browserPrefix(issuerId)}${environment.newId()}`;
      const row = { tokenId, name: "Browser", tokenHash, createdAtMs: now, lastUsedAtMs: now, expiresAtMs };
      if (!(await store.insertTokenOf(ownerId, issuerId, row))) throw new DomainError({ code: "auth.required" });
      return { token, expiresAtMs };
    },
    /** Makes this the one install token; another one from before stops working, with every browser it let in. Answers its id. */
    async ensureInstallToken(token: string): Promise<string> {
      const tokenHash = hashOf(token);
      const tokenId = `install:${tokenHash.slice(0, 16)}`;
      const known = await installTokens();
      for (const old of known) {
        if (old.tokenId !== tokenId) await store.removeTokenWith(localOwnerId, old.tokenId, browserPrefix(old.tokenId));
      }
      if (known.some((row) => row.tokenId === tokenId)) return tokenId;
      const row = { tokenId, name: "Install token", tokenHash, createdAtMs: environment.now() };
      await unlessTaken(store.insertToken(localOwnerId, row));
      return tokenId;
    },
    /** The only time the token is shown. Audited. */
    async create(ownerId: string, input: CreateAccessToken): Promise<{ token: string; accessToken: AccessToken }> {
      const { token, tokenHash } = mint();
      const tokenId = environment.newId();
      const createdAtMs = environment.now();
      const expiresAtMs = input.expiresAtMs ?? null;
      const row = { tokenId, name: input.name, tokenHash, createdAtMs, expiresAtMs };
      await store.insertToken(ownerId, row, entry(ownerId, "access.token_made", tokenId));
      const accessToken = {
        tokenId,
        name: input.name,
        kind: "access" as const,
        createdAtMs,
        lastUsedAtMs: null,
        expiresAtMs,
      };
      return { token, accessToken };
    },
    /** Oldest first, without those that ran out. */
    async list(ownerId: string): Promise<AccessToken[]> {
      const now = environment.now();
      const rows = await store.listTokens(ownerId);
      return rows.filter(({ expiresAtMs }) => expiresAtMs === null || expiresAtMs > now).map(toAccessToken);
    },
    /**
     * Ends a token and every browser that came in by it; false when there was none. The install token ends
     * only by being replaced. Audited.
     */
    async revoke(ownerId: string, tokenId: string): Promise<boolean> {
      if (kindOf(tokenId) === "install") {
        throw new DomainError({
          code: "auth.forbidden",
          reason: "The install token cannot be revoked, only replaced.",
        });
      }
      const revoked = entry(ownerId, "access.token_revoked", tokenId);
      const isGone = (await store.removeTokenWith(ownerId, tokenId, browserPrefix(tokenId), revoked)) > 0;
      if (isGone) for (const listener of listeners) listener(tokenId);
      return isGone;
    },
    /** Calls `listener` with each token that is revoked through this process from now on. */
    onRevoked: (listener: (tokenId: string) => void): void => void listeners.add(listener),
  };
}

/** Whether the end of one token is the end of another: it is the same, or a browser that came in by it. */
export function endsWith(tokenId: string, revokedId: string): boolean {
  return tokenId === revokedId || tokenId.startsWith(browserPrefix(revokedId));
}

function hashOf(token: string): string {
  return hash("sha256", token, "hex");
}

/** Both are hex of 32 bytes; the index has found them equal, in whatever time that took on the hash. */
function isSame(stored: string, given: string): boolean {
  const [left, right] = [Buffer.from(stored), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function browserPrefix(issuerId: string): string {
  return `browser:${issuerId}:`;
}

function issuerOf(browserId: string): string {
  return browserId.slice("browser:".length, browserId.lastIndexOf(":"));
}

export function kindOf(tokenId: string): AccessToken["kind"] {
  if (tokenId.startsWith("install:")) return "install";
  return tokenId.startsWith("browser:") ? "browser" : "access";
}

function toAccessToken({ ownerId: _owner, tokenHash: _hash, ...row }: AccessTokenRow): AccessToken {
  return { ...row, kind: kindOf(row.tokenId) };
}

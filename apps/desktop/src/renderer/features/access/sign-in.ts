export type SignIn =
  | { ok: true }
  | { ok: false; reason: "wrong" | "too_many" | "unreachable" | "unexpected"; retryAfterS: number };

const timeoutMs = 15_000;

/** Exchanges a token for the cookie. The token is sent in the body: addresses are kept in histories and logs. */
export async function signIn(origin: string, token: string): Promise<SignIn> {
  try {
    const response = await fetch(`${origin}/auth/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: token.trim() }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) return { ok: true };
    const retryAfterS = Number(response.headers.get("retry-after") ?? 0) || 60;
    if (response.status === 429) return { ok: false, reason: "too_many", retryAfterS };
    const isWrong = response.status === 400 || response.status === 401 || response.status === 403;
    return { ok: false, reason: isWrong ? "wrong" : "unexpected", retryAfterS: 0 };
  } catch {
    return { ok: false, reason: "unreachable", retryAfterS: 0 };
  }
}

/** Gives the cookie back and starts the page anew, without anything that it held. */
export async function signOut(origin: string): Promise<void> {
  await fetch(`${origin}/auth/sign-out`, { method: "POST", signal: AbortSignal.timeout(timeoutMs) }).catch(() => {});
  window.location.reload();
}

/** The token of a printed link (`/#token=…`), or null. */
export function tokenOf(hash: string): string | null {
  const match = /^#token=([^&]+)/.exec(hash);
  if (!match?.[1]) return null;
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

/** As `tokenOf` for this page, and removes it from the address bar and the history entry. */
export function takeToken(): string | null {
  const token = tokenOf(window.location.hash);
  if (token !== null) window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return token;
}

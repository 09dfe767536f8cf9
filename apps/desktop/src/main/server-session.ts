/** The cookie that a browser was given, to be put where a window finds it. */
export type SignedIn = { name: string; value: string };

const timeoutMs = 15_000;

/** Exchanges the one-time token for the window's cookie; the token never reaches a page. */
export async function signInToServer(origin: string, token: string): Promise<SignedIn> {
  const response = await fetch(`${origin}/auth/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const [cookie = ""] = response.headers.getSetCookie();
  const [, name, value] = /^(chatee_\d+)=([\w-]+);/.exec(cookie) ?? [];
  if (response.status !== 204 || name === undefined || value === undefined)
    throw new Error(`signing in to the server was answered with ${response.status}`);
  return { name, value };
}

export type Callback = { state: string; code?: string; iss?: string };

/** Hands what an authorization server sent the person back with to chatee's server, as its callback page would. */
export async function finishSignIn(
  origin: string,
  cookies: readonly SignedIn[],
  callback: Callback,
): Promise<string | null> {
  const response = await fetch(`${origin}/mcp/oauth/callback`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
    },
    body: JSON.stringify(callback),
    redirect: "error",
    signal: AbortSignal.timeout(60_000),
  });
  if (response.ok) return null;
  const answer: unknown = await response.json().catch(() => null);
  const message = typeof answer === "object" && answer !== null && "message" in answer ? answer.message : null;
  return typeof message === "string" ? message.slice(0, 500) : `The server answered ${response.status}.`;
}

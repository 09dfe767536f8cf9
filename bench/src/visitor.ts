import type { AppRouter } from "@chatee/api/app-router";
import { chromiumPath } from "@chatee/tooling/services";
import { createTRPCClient, httpLink } from "@trpc/client";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import superjson from "superjson";

/** A server under test, and the token that opens its doors. */
export type Server = { url: string; token: string };
export type Api = ReturnType<typeof createTRPCClient<AppRouter>>;

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export function openApi({ url, token }: Server): Api {
  const headers = bearer(token);
  return createTRPCClient<AppRouter>({ links: [httpLink({ url: `${url}/trpc`, transformer: superjson, headers })] });
}

export async function openBrowser(): Promise<{ it: Browser } & AsyncDisposable> {
  const it = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  return { it, [Symbol.asyncDispose]: () => it.close() };
}

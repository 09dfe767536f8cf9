import { z } from "zod";
import { screenPath } from "../ipc/contract.ts";

export const linkScheme = "chatee";

const sessionId = z.string().regex(/^[\w-]{1,100}$/);

/** What a `chatee://` link may ask for. None of them does more than ask the person whether to show a screen. */
export type DeepLink =
  | { kind: "session"; path: string }
  | { kind: "settings"; path: string }
  | { kind: "open"; path: string };

const settingsPages = new Set(["models", "mcp", "appearance", "data", "about"]);

/**
 * `chatee://open`, `chatee://session/<id>`, `chatee://settings/<page>`; null for everything else. Links come from any page
 * and any program, so they carry no text, no address and no command.
 */
export function parseDeepLink(text: string): DeepLink | null {
  if (text.length > 300 || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== `${linkScheme}:` || url.username !== "" || url.password !== "" || url.port !== "") return null;
  if (url.search !== "" || url.hash !== "") return null;
  const [first = "", ...rest] = url.pathname.split("/").filter((part) => part !== "");
  if (rest.length > 0) return null;
  if (url.hostname === "open" && first === "") return checked({ kind: "open", path: "/" });
  if (url.hostname === "session" && sessionId.safeParse(first).success)
    return checked({ kind: "session", path: `/sessions/${first}` });
  if (url.hostname === "settings" && settingsPages.has(first))
    return checked({ kind: "settings", path: `/settings/${first}` });
  return null;
}

function checked(link: DeepLink): DeepLink | null {
  return screenPath.safeParse(link.path).success ? link : null;
}

/** The link among a second start's arguments; Windows and Linux hand it over there. */
export function linkAmong(args: readonly string[]): string | null {
  return args.find((arg) => arg.startsWith(`${linkScheme}:`)) ?? null;
}

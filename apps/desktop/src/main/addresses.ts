/** What addresses may be: of the server, of a sign-in page, and of what is left to the system's browser. */

const maxExternalChars = 4_000;

function parsed(text: string, maxChars: number): URL | null {
  // One with control characters in it is made to deceive.
  if (text.length > maxChars || /[\p{Cc} ]/u.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.username === "" && url.password === "" ? url : null;
}

/** As the system's browser or mail program may be asked to open it; null when it may not. */
export function toExternal(text: string): string | null {
  const url = parsed(text, maxExternalChars);
  if (!url) return null;
  return url.protocol === "https:" || url.protocol === "http:" || url.protocol === "mailto:" ? url.href : null;
}

/** The origin of a server to work with: encrypted, or on this very machine; null for anything else. */
export function toServerOrigin(text: string): string | null {
  const url = parsed(text.trim(), 2_000);
  if (!url || url.search !== "" || url.hash !== "" || url.pathname !== "/") return null;
  if (url.protocol === "https:") return url.origin;
  const isHere = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(url.hostname);
  return url.protocol === "http:" && isHere ? url.origin : null;
}

/** True for a page of this origin. */
export function isOf(origin: string | null, text: string): boolean {
  return origin !== null && URL.canParse(text) && new URL(text).origin === origin;
}

/** True for a request that belongs to this origin, sockets included. */
export function isRequestOf(origin: string | null, text: string): boolean {
  if (origin === null || !URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol === "ws:" || url.protocol === "wss:") url.protocol = url.protocol === "ws:" ? "http:" : "https:";
  return url.origin === origin;
}

import { DialError } from "./dial-error.ts";

const maxUrlChars = 4_096;

/**
 * The URL that a text names, in the one spelling the rest of the dialer works with: host in lower case, numbers of
 * an IPv4 address as such, no trailing dot, no fragment.
 *
 * @throws DialError `url_invalid` for other schemes, user and password, control characters, blanks and backslashes
 */
export function parseTargetUrl(text: string | URL): URL {
  const raw = String(text);
  // URL parsers drop line breaks and turn backslashes around, so what they would make of these is never asked.
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (raw.length > maxUrlChars || /[\u0000-\u0020\u007f-\u009f\\]/.test(raw)) throw new DialError("url_invalid");
  const authority = /^https?:\/\/([^/?#]+)/i.exec(raw)?.[1];
  if (authority === undefined || authority.includes("@") || !URL.canParse(raw)) throw new DialError("url_invalid");
  const url = new URL(raw);
  if (url.hostname.endsWith(".")) url.hostname = url.hostname.slice(0, -1);
  url.hash = "";
  if (url.hostname === "" || url.hostname.endsWith(".") || url.port === "0") throw new DialError("url_invalid");
  return url;
}

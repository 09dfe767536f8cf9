import type { Session } from "electron";
import { isOf, isRequestOf } from "./addresses.ts";

type Guarded = Pick<
  Session,
  | "setPermissionRequestHandler"
  | "setPermissionCheckHandler"
  | "setDevicePermissionHandler"
  | "setDisplayMediaRequestHandler"
  | "webRequest"
  | "on"
>;

/** What a page of chatee's may do without asking; everything else is no, without asking either. */
const granted = new Set(["clipboard-sanitized-write", "fullscreen"]);

/** For a document whose server says nothing about itself; chatee's own says the same or less. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export type SessionGuardOptions = {
  /** The server that this session is for; null while there is none, and then nothing leaves. */
  origin: () => string | null;
  /** Developer tools load their own files. */
  allowDevTools: boolean;
};

/**
 * A session talks to its server and to nobody else, whatever a page tries. While the server is away it talks to nobody:
 * another program could have taken its port, and would be sent the cookie.
 */
export function guardSession(session: Guarded, { origin, allowDevTools }: SessionGuardOptions): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(granted.has(permission) && details.isMainFrame && isOf(origin(), details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) => {
    return granted.has(permission) && isOf(origin(), requestingOrigin);
  });
  session.setDevicePermissionHandler(() => false);
  // Without a handler every request to record the screen is refused.
  session.setDisplayMediaRequestHandler(null);

  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const isInner = /^(data|blob|about):/.test(url) || (allowDevTools && url.startsWith("devtools:"));
    answer({ cancel: !isInner && !isRequestOf(origin(), url) });
  });
  session.webRequest.onHeadersReceived(({ resourceType, responseHeaders = {} }, answer) => {
    const hasPolicy = Object.keys(responseHeaders).some((name) => name.toLowerCase() === "content-security-policy");
    if (hasPolicy || (resourceType !== "mainFrame" && resourceType !== "subFrame")) return answer({});
    answer({ responseHeaders: { ...responseHeaders, "Content-Security-Policy": [policy] } });
  });
  session.on("will-download", (event, item) => {
    const [url = ""] = item.getURLChain();
    const isOurs = item.getURLChain().every((one) => isOf(origin(), one));
    if (!isOurs && !url.startsWith("data:")) return event.preventDefault();
    // Without a path the system asks the person where to; the name is only a suggestion.
    item.setSaveDialogOptions({ defaultPath: safeName(item.getFilename()) });
  });
}

/** A name without a folder in it and without what would make a system run it unseen. */
export function safeName(name: string): string {
  const plain = name.replace(/[\p{Cc}<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/gu, "_").replace(/^\.+|[. ]+$/g, "");
  return plain.slice(0, 200) || "download";
}

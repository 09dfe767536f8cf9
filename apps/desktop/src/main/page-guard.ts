import type { WebContents } from "electron";
import { isOf, toExternal } from "./addresses.ts";

type Guarded = Pick<WebContents, "on" | "setWindowOpenHandler">;

/**
 * Keeps a window at its server: it goes nowhere else, embeds nobody, and opens no window. A link that the person follows
 * to somewhere else is left to the system's browser, if it is for the web or for mail.
 */
export function guardPage(
  page: Guarded,
  deps: {
    origin: () => string | null;
    openExternal: (url: string) => void;
    /** Its server would have shown somebody else's page in its place. */
    onSentAway: () => void;
  },
): void {
  page.on("will-navigate", (details) => {
    if (isOf(deps.origin(), details.url)) return;
    details.preventDefault();
  });
  // A server that sends a page elsewhere has the same limits as a page that goes by itself; frames as well.
  page.on("will-redirect", (details) => {
    if (isOf(deps.origin(), details.url)) return;
    details.preventDefault();
    if (details.isMainFrame) deps.onSentAway();
  });
  page.on("will-frame-navigate", (details) => {
    if (!isOf(deps.origin(), details.url) && !isOwnDocument(details.url)) details.preventDefault();
  });
  page.on("will-attach-webview", (event) => event.preventDefault());
  page.setWindowOpenHandler(({ url }) => {
    const external = isOf(deps.origin(), url) ? null : toExternal(url);
    if (external !== null) deps.openExternal(external);
    return { action: "deny" };
  });
}

/** Documents that a page makes for its own frames, such as a sandboxed drawing. */
function isOwnDocument(url: string): boolean {
  return url === "about:blank" || url === "about:srcdoc";
}

/** For contents that nobody asked for: they get nothing at all. */
export function guardStranger(page: Guarded): void {
  for (const event of ["will-navigate", "will-redirect", "will-frame-navigate"] as const)
    page.on(event as "will-navigate", (details) => details.preventDefault());
  page.on("will-attach-webview", (event) => event.preventDefault());
  page.setWindowOpenHandler(() => ({ action: "deny" }));
}

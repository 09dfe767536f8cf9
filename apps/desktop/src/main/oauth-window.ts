import type { BrowserWindow } from "electron";
import type { Callback } from "./server-session.ts";
import { toExternal } from "./addresses.ts";
import { Refusal } from "./refusal.ts";

export type SignInOutcome = { outcome: "done" | "closed" | "failed"; message: string | null };

export type OauthDeps = {
  /** A window with a session that nothing else uses and that keeps nothing. */
  openWindow: () => BrowserWindow;
  /** The addresses that people are sent back to. */
  callbackUrls: () => readonly string[];
  /** Resolves to why the server refused it; null when it did not. */
  finish: (callback: Callback) => Promise<string | null>;
  setTimer: (work: () => void, ms: number) => { unref?: () => unknown };
};

const maxLifeMs = 10 * 60_000;

/**
 * Shows an authorization server's page, alone in a window without a bridge, and watches only for where it goes. The moment
 * it is sent back to chatee the window closes: the page with the code in its address is never loaded.
 */
export function createOauthWindow(deps: OauthDeps) {
  let isOpen = false;

  function callbackOf(url: string): Callback | null {
    if (!URL.canParse(url)) return null;
    const found = new URL(url);
    if (!deps.callbackUrls().includes(`${found.origin}${found.pathname}`)) return null;
    const [state, code, iss] = ["state", "code", "iss"].map((name) => found.searchParams.get(name) ?? undefined);
    return state === undefined
      ? null
      : { state, ...(code === undefined ? {} : { code }), ...(iss === undefined ? {} : { iss }) };
  }

  async function watch(window: BrowserWindow, url: string): Promise<Callback | null> {
    const { promise, resolve } = Promise.withResolvers<Callback | null>();
    const contents = window.webContents;
    const onMove = (details: { url: string; isMainFrame: boolean; preventDefault: () => void }) => {
      if (!details.isMainFrame) return;
      const callback = callbackOf(details.url);
      if (callback) {
        details.preventDefault();
        resolve(callback);
      } else if (!isWeb(details.url)) details.preventDefault();
      else window.setTitle(new URL(details.url).host);
    };
    contents.on("will-navigate", onMove);
    contents.on("will-redirect", onMove);
    // A page that opens a window to sign in somewhere else does so in this one.
    contents.setWindowOpenHandler((request) => {
      if (isWeb(request.url)) void contents.loadURL(request.url).catch(() => {});
      return { action: "deny" };
    });
    contents.on("will-attach-webview", (event) => event.preventDefault());
    // Its title would say who it pretends to be; the bar shows whose page it is.
    window.on("page-title-updated", (event) => event.preventDefault());
    window.once("closed", () => resolve(null));
    deps.setTimer(() => resolve(null), maxLifeMs).unref?.();
    const { session } = contents;
    session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
    session.setPermissionCheckHandler(() => false);
    session.setDevicePermissionHandler(() => false);
    session.on("will-download", (event) => event.preventDefault());
    window.setTitle(new URL(url).host);
    // A load that a redirect to the callback broke off is no failure.
    void contents.loadURL(url).catch(() => {});
    return await promise;
  }

  return {
    /** @throws Refusal `sign_in.invalid_url`, `sign_in.busy` */
    async open(address: string): Promise<SignInOutcome> {
      const url = isWeb(address) ? toExternal(address) : null;
      if (url === null) throw new Refusal("sign_in.invalid_url");
      if (isOpen) throw new Refusal("sign_in.busy");
      isOpen = true;
      const window = deps.openWindow();
      const { session } = window.webContents;
      try {
        const callback = await watch(window, url);
        if (!window.isDestroyed()) window.destroy();
        if (!callback) return { outcome: "closed", message: null };
        const problem = await deps.finish(callback);
        return problem === null ? { outcome: "done", message: null } : { outcome: "failed", message: problem };
      } finally {
        isOpen = false;
        if (!window.isDestroyed()) window.destroy();
        // It was kept in memory only; who signs in next as somebody else finds nothing of it either.
        await session.clearStorageData().catch(() => {});
      }
    },
  };
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) && toExternal(url) !== null;
}

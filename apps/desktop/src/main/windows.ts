import type { BrowserWindow } from "electron";
import { addContextMenu } from "./context-menu.ts";
import type { ElectronParts } from "./electron-parts.ts";
import { guardPage, guardStranger } from "./page-guard.ts";
import type { Preferences } from "./preferences.ts";
import type { ShellStrings } from "./shell.strings.ts";
import { fitBounds } from "./window-bounds.ts";
import { mainWindowOptions, signInWindowOptions } from "./window-options.ts";

export type Site = { origin: string; isLocal: boolean; partition: string };

export type WindowsDeps = {
  electron: Pick<ElectronParts, "app" | "BrowserWindow" | "Menu" | "clipboard" | "nativeTheme" | "screen" | "shell">;
  preferences: Preferences;
  preload: string;
  isDevelopment: boolean;
  strings: ShellStrings;
  site: () => Site | null;
  /** The page of a window is gone or another one: what belonged to it ends. */
  onPageLeft: (windowId: number) => void;
  onLoadFailed: (window: BrowserWindow, site: Site) => void;
  isQuitting: () => boolean;
};

const saveAfterMs = 400;
/** A second window does not hide the first. */
const cascadePx = 28;
/** A page that crashes again so soon is not loaded over and over. */
const crashPauseMs = 10_000;

export type Windows = ReturnType<typeof createWindows>;

/** The app's windows, each held to the server it shows. */
export function createWindows(deps: WindowsDeps) {
  const { electron, preferences } = deps;
  const open = new Map<number, BrowserWindow>();
  /** Windows whose page did not come; they are loaded anew when the server is there again. */
  const empty = new Set<number>();
  let isExpected = false;

  // Contents that come into being by any other way than the two below get nothing.
  electron.app.on("web-contents-created", (_event, contents) => {
    if (!isExpected) guardStranger(contents);
  });

  function make(options: Electron.BrowserWindowConstructorOptions): BrowserWindow {
    isExpected = true;
    try {
      return new electron.BrowserWindow(options);
    } finally {
      isExpected = false;
    }
  }

  function giveMenu(window: BrowserWindow, origin: () => string | null): void {
    addContextMenu(window.webContents, {
      strings: deps.strings,
      origin,
      copyText: (text) => void electron.clipboard.writeText(text).catch(() => {}),
      popup: (menu, place) => electron.Menu.buildFromTemplate(menu).popup({ ...place, window }),
    });
  }

  function remember(window: BrowserWindow): void {
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return;
    preferences.set({ bounds: { ...window.getNormalBounds(), isMaximized: window.isMaximized() } });
  }

  /** The UI keeps the screen behind the `#`. */
  function addressOf(site: Site, path: string): string {
    return `${site.origin}/#${path}`;
  }

  return {
    /** Null while there is no server to show. */
    open(path = "/"): BrowserWindow | null {
      const site = deps.site();
      if (!site) return null;
      const { bounds: saved } = preferences.get();
      const shift = open.size * cascadePx;
      const window = make(
        mainWindowOptions({
          bounds: fitBounds(
            saved && { ...saved, x: saved.x + shift, y: saved.y + shift },
            electron.screen.getAllDisplays().map(({ workArea }) => workArea),
          ),
          preload: deps.preload,
          partition: site.partition,
          isLocal: site.isLocal,
          isDark: electron.nativeTheme.shouldUseDarkColors,
          hasDevTools: deps.isDevelopment,
        }),
      );
      const { webContents: contents } = window;
      const windowId = contents.id;
      open.set(windowId, window);
      const onFailed = () => {
        empty.add(windowId);
        const current = deps.site();
        if (window.isDestroyed() || !current) return;
        // What is asked about it needs a window to be seen with.
        window.show();
        deps.onLoadFailed(window, current);
      };
      const origin = () => deps.site()?.origin ?? null;
      giveMenu(window, origin);
      guardPage(contents, {
        origin,
        openExternal: (url) => void electron.shell.openExternal(url).catch(() => {}),
        onSentAway: onFailed,
      });
      if (saved?.isMaximized) window.maximize();
      window.once("ready-to-show", () => window.show());

      let timer: NodeJS.Timeout | null = null;
      const onMoved = () => {
        if (timer) clearTimeout(timer);
        timer = setTimeout(() => remember(window), saveAfterMs);
      };
      window.on("resize", onMoved);
      window.on("move", onMoved);
      window.on("close", (event) => {
        if (timer) clearTimeout(timer);
        remember(window);
        if (!preferences.get().closeToTray || deps.isQuitting() || open.size > 1) return;
        event.preventDefault();
        window.hide();
      });
      window.once("closed", () => {
        open.delete(windowId);
        empty.delete(windowId);
        deps.onPageLeft(windowId);
      });
      contents.on("did-start-navigation", ({ isMainFrame, isSameDocument }) => {
        if (isMainFrame && !isSameDocument) deps.onPageLeft(windowId);
      });
      contents.on("did-fail-load", (_event, code, _text, _url, isMainFrame) => {
        const aborted = -3;
        if (isMainFrame && code !== aborted) onFailed();
      });
      contents.on("did-navigate", () => empty.delete(windowId));
      let crashedAtMs = -Infinity;
      contents.on("render-process-gone", (_event, { reason }) => {
        deps.onPageLeft(windowId);
        if (reason === "clean-exit" || Date.now() - crashedAtMs < crashPauseMs) return;
        crashedAtMs = Date.now();
        contents.reload();
      });
      void window.loadURL(addressOf(site, path)).catch(() => {});
      return window;
    },
    /** A window for another site's sign-in page, in a session of its own that is gone with it. */
    openSignIn(partition: string): BrowserWindow {
      const window = make(signInWindowOptions({ partition }));
      // A password is pasted more often than typed.
      giveMenu(window, () => null);
      return window;
    },
    /** The server is there, maybe under another address: windows that are elsewhere, or empty, go to the screen they showed. */
    follow(site: Site): void {
      for (const [windowId, window] of open) {
        const { webContents: contents } = window;
        const shown = URL.canParse(contents.getURL()) ? new URL(contents.getURL()) : null;
        if (shown?.origin === site.origin && !empty.has(windowId)) continue;
        void window.loadURL(addressOf(site, shown?.hash.slice(1) || "/")).catch(() => {});
      }
    },
    /** Brings a window to the person, a new one when there is none. */
    show(): BrowserWindow | null {
      const window = electron.BrowserWindow.getFocusedWindow() ?? [...open.values()].at(-1) ?? this.open();
      if (!window) return null;
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      return window;
    },
    find: (windowId: number): BrowserWindow | null => open.get(windowId) ?? null,
    count: () => open.size,
  };
}

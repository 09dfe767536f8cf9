import type { DesktopApi } from "../../../preload/desktop-api.ts";

declare global {
  interface Window {
    /** There in the desktop app, and nowhere else. */
    readonly chatee?: DesktopApi;
  }
}

/** The desktop app around this page; null in a browser, where everything that needs it is not shown. */
export function desktop(): DesktopApi | null {
  return window.chatee ?? null;
}

/** True where a page may have a shell of this computer: in the desktop app, with its own server. */
export function hasTerminal(): boolean {
  return desktop()?.hasTerminal ?? false;
}

/** Goes where a link or a notification that the person opened leads. */
export function followDesktop(): void {
  desktop()?.shell.onNavigate(({ path }) => {
    window.location.hash = path;
  });
}

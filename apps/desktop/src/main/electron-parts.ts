import type * as electron from "electron";

/** What the shell is built of; `main.ts` hands Electron's own in, tests hand in stand-ins. */
export type ElectronParts = Pick<
  typeof electron,
  | "app"
  | "BrowserWindow"
  | "Menu"
  | "Notification"
  | "Tray"
  | "clipboard"
  | "dialog"
  | "ipcMain"
  | "nativeImage"
  | "nativeTheme"
  | "safeStorage"
  | "screen"
  | "session"
  | "shell"
  | "utilityProcess"
>;

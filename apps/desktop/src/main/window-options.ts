import type { BrowserWindowConstructorOptions, WebPreferences } from "electron";
import { localFlag } from "../ipc/contract.ts";
import { minSize } from "./window-bounds.ts";
import type { Area } from "./window-bounds.ts";

/** What every page gets, whoever it is from: a browser's powers and no more. */
const confined: WebPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  // It would fetch dictionaries from the network by itself.
  spellcheck: false,
};

/** A window for chatee's UI. */
export function mainWindowOptions(options: {
  bounds: Area;
  preload: string;
  partition: string;
  isLocal: boolean;
  isDark: boolean;
  hasDevTools: boolean;
}): BrowserWindowConstructorOptions {
  return {
    ...options.bounds,
    minWidth: minSize.width,
    minHeight: minSize.height,
    title: "chatee",
    show: false,
    autoHideMenuBar: true,
    backgroundColor: options.isDark ? "#131316" : "#ffffff",
    webPreferences: {
      ...confined,
      preload: options.preload,
      partition: options.partition,
      additionalArguments: options.isLocal ? [localFlag] : [],
      devTools: options.hasDevTools,
    },
  };
}

/** A window for somebody else's sign-in page: nothing of ours is in it, and nothing of it stays. */
export function signInWindowOptions(options: { partition: string }): BrowserWindowConstructorOptions {
  return {
    width: 520,
    height: 720,
    title: "",
    show: true,
    autoHideMenuBar: true,
    minimizable: false,
    webPreferences: { ...confined, partition: options.partition, devTools: false },
  };
}

import type { MenuItemConstructorOptions } from "electron";
import type { ShellStrings } from "./shell.strings.ts";

export type MenuActions = {
  newWindow: () => void;
  show: () => void;
  openSettings: () => void;
  checkForUpdates: () => void;
  quit: () => void;
};

/** Reloading and developer tools are for development: a released app has nothing to gain from them. */
export function appMenu(
  options: { platform: NodeJS.Platform; isDevelopment: boolean; strings: ShellStrings },
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  const { platform, isDevelopment, strings } = options;
  const isMac = platform === "darwin";
  const settings = { label: strings.settings, accelerator: "CmdOrCtrl+,", click: actions.openSettings };
  const updates = { label: strings.checkForUpdates, click: actions.checkForUpdates };
  const separator = { type: "separator" as const };
  const application: MenuItemConstructorOptions = {
    label: strings.app,
    submenu: [
      { role: "about" },
      updates,
      separator,
      settings,
      separator,
      { role: "services" },
      separator,
      { role: "hide" },
      { role: "hideOthers" },
      { role: "unhide" },
      separator,
      { role: "quit" },
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: strings.file,
    submenu: [
      { label: strings.newWindow, accelerator: "CmdOrCtrl+Shift+N", click: actions.newWindow },
      ...(isMac ? [] : [settings, updates]),
      separator,
      isMac ? { role: "close" } : { label: strings.quit, accelerator: "CmdOrCtrl+Q", click: actions.quit },
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: strings.view,
    submenu: [
      { role: "resetZoom" },
      { role: "zoomIn" },
      { role: "zoomOut" },
      separator,
      { role: "togglefullscreen" },
      ...(isDevelopment ? [separator, { role: "reload" as const }, { role: "toggleDevTools" as const }] : []),
    ],
  };
  return [
    ...(isMac ? [application] : []),
    file,
    { label: strings.edit, role: "editMenu" },
    view,
    { label: strings.window, role: "windowMenu" },
  ];
}

export function trayMenu(strings: ShellStrings, actions: MenuActions): MenuItemConstructorOptions[] {
  return [
    { label: strings.show, click: actions.show },
    { label: strings.newWindow, click: actions.newWindow },
    { type: "separator" },
    { label: strings.quit, click: actions.quit },
  ];
}

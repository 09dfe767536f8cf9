import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from "electron";
import { startShell } from "./shell.ts";
import { forkUtility } from "./utility-child.ts";

// The same places in a checkout and in a packaged app, which keeps the folders of the repository.
const place = (...relative: string[]) => join(import.meta.dirname, ...relative);

// Not awaited: Electron gets ready only when this file has run to its end, and the shell waits for that.
startShell({
  electron: {
    app,
    BrowserWindow,
    clipboard,
    dialog,
    ipcMain,
    Menu,
    nativeImage,
    nativeTheme,
    Notification,
    safeStorage,
    screen,
    session,
    shell,
    Tray,
    utilityProcess,
  },
  platform: process.platform,
  env: process.env,
  argv: process.argv,
  preload: place("../preload/preload.cjs"),
  icon: place("../../build/tray.png"),
  fork: (env, onOutput) =>
    forkUtility({ utilityProcess, entry: place("../../../server/dist/hosted.js"), env, onOutput }),
  spawnPty: ({ file, args, columns, rows, cwd, env }) =>
    spawn(file, args, { name: "xterm-256color", cols: columns, rows, cwd, env }),
  killGroup(pid) {
    try {
      if (process.platform !== "win32") process.kill(-pid, "SIGKILL");
    } catch {
      // Nobody is left in it.
    }
  },
  // Put an updater here when there is a place that updates come from; until then nobody is asked.
  updates: null,
}).catch((error: unknown) => {
  dialog.showErrorBox("chatee", error instanceof Error ? error.message : String(error));
  app.exit(1);
});

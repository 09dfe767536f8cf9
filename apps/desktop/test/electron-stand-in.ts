import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import { callChannel } from "../src/ipc/contract.ts";
import type { CallInput, CallName, Reply } from "../src/ipc/contract.ts";
import type { ElectronParts } from "../src/main/electron-parts.ts";
import type { CallEvent } from "../src/main/ipc-gate.ts";
import type { ServerChild } from "../src/main/server-child.ts";
import { startShell } from "../src/main/shell.ts";
import { PageStandIn, SessionStandIn, preventable } from "../src/main/testing/stand-ins.ts";

const serverEntry = fileURLToPath(new URL("../../server/dist/hosted.js", import.meta.url));

type Answer = { response: number };

/** Electron's windows, menus and dialogs, as far as the shell touches them; nothing is drawn. */
export class WindowStandIn extends EventEmitter {
  readonly webContents: PageStandIn;
  readonly options: Electron.BrowserWindowConstructorOptions;
  isShown = false;
  isGone = false;
  title = "";
  constructor(options: Electron.BrowserWindowConstructorOptions, session: SessionStandIn) {
    super();
    this.options = options;
    this.webContents = new PageStandIn(session);
  }
  loadURL = (url: string) => this.webContents.loadURL(url);
  setTitle = (title: string) => void (this.title = title);
  show = () => void (this.isShown = true);
  hide = () => void (this.isShown = false);
  focus(): void {}
  maximize(): void {}
  restore(): void {}
  isMinimized = () => false;
  isMaximized = () => false;
  isFullScreen = () => false;
  isDestroyed = () => this.isGone;
  getNormalBounds = () => ({ x: 10, y: 20, width: 900, height: 700 });
  /** As when the person closes it; false when it stayed. */
  close(): boolean {
    const event = preventable({});
    this.emit("close", event);
    if (!event.isPrevented) this.destroy();
    return !event.isPrevented;
  }
  destroy(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.webContents.isGone = true;
    this.emit("closed");
  }
}

class AppStandIn extends EventEmitter {
  readonly done: string[] = [];
  readonly folder: string;
  readonly hasLock: boolean;
  readonly quitted = Promise.withResolvers<void>();
  readonly paths = new Map<string, string>();
  isPackaged = true;
  constructor(folder: string, hasLock: boolean) {
    super();
    this.folder = folder;
    this.hasLock = hasLock;
  }
  enableSandbox = () => void this.done.push("enableSandbox");
  requestSingleInstanceLock = () => this.hasLock;
  setAsDefaultProtocolClient = (scheme: string) => void this.done.push(`scheme ${scheme}`);
  relaunch = () => void this.done.push("relaunch");
  readonly commandLine = { hasSwitch: () => false };
  setPath = (name: string, path: string) => void this.paths.set(name, path);
  getPath = (name: string) => this.paths.get(name) ?? join(this.folder, "data");
  getLocale = () => "en-US";
  getVersion = () => "1.2.3";
  whenReady = async () => {};
  quit(): void {
    const event = preventable({});
    this.emit("before-quit", event);
    if (!event.isPrevented) this.quitted.resolve();
  }
}

export type ShellUnderTest = AsyncDisposable & {
  isFirst: boolean;
  app: AppStandIn;
  windows: WindowStandIn[];
  /** The n-th window, once there is one. */
  window: (count?: number) => Promise<WindowStandIn>;
  sessionOf: (partition: string) => SessionStandIn;
  /** Questions of the system's dialogs that were asked so far. */
  asked: Electron.MessageBoxOptions[];
  /** What the person presses next, by the button's place; nothing is the first. */
  presses: number[];
  picks: string[];
  external: string[];
  /** Menus of the right mouse button that were opened so far. */
  popups: Electron.MenuItemConstructorOptions[][];
  copied: string[];
  children: { kill: () => void; pid: number; args: readonly string[] }[];
  call: <N extends CallName>(window: WindowStandIn, name: N, input: CallInput<N>, frame?: object) => Promise<Reply>;
  /** Presses an entry of the menu, by its words. */
  clickMenu: (label: string) => void;
  quit: () => Promise<void>;
};

/** The whole shell with the real server as its child and real pseudo terminals; only Electron is stood in for. */
export async function openShell(
  folder: string,
  options: { hasLock?: boolean; argv?: string[] } = {},
): Promise<ShellUnderTest> {
  if (!existsSync(serverEntry)) throw new Error(`the server is not built (npm run build): there is no ${serverEntry}`);
  const app = new AppStandIn(folder, options.hasLock ?? true);
  const windows: WindowStandIn[] = [];
  const asked: Electron.MessageBoxOptions[] = [];
  const presses: number[] = [];
  const picks: string[] = [];
  const external: string[] = [];
  const popups: ShellUnderTest["popups"] = [];
  const copied: string[] = [];
  const children: ShellUnderTest["children"] = [];
  const sessions = new Map<string, SessionStandIn>();
  const sessionOf = (partition: string) => {
    const found = sessions.get(partition) ?? new SessionStandIn();
    sessions.set(partition, found);
    return found;
  };
  let menu: Electron.MenuItemConstructorOptions[] = [];
  let listener: ((event: CallEvent, ...args: unknown[]) => Promise<Reply>) | null = null;
  const ask = async (...args: unknown[]): Promise<Answer> => {
    asked.push(args.at(-1) as Electron.MessageBoxOptions);
    return { response: presses.shift() ?? 0 };
  };
  const pick = async () => {
    const filePaths = picks.splice(0);
    return { canceled: filePaths.length === 0, filePaths, filePath: filePaths[0] ?? "" };
  };

  function BrowserWindow(given: Electron.BrowserWindowConstructorOptions) {
    const window = new WindowStandIn(given, sessionOf(given.webPreferences?.partition ?? ""));
    app.emit("web-contents-created", {}, window.webContents);
    windows.push(window);
    return window;
  }
  BrowserWindow.getFocusedWindow = () => null;
  const electron = {
    app,
    BrowserWindow,
    Menu: {
      buildFromTemplate: (template: typeof menu) =>
        Object.assign(template, { popup: () => void popups.push(template) }),
      setApplicationMenu: (template: typeof menu) => (menu = template),
    },
    Notification: Object.assign(function Notification() {}, { isSupported: () => false }),
    Tray: function Tray() {
      return { setToolTip() {}, setContextMenu() {}, on() {}, destroy() {} };
    },
    clipboard: { writeText: async (text: string) => void copied.push(text) },
    dialog: { showMessageBox: ask, showOpenDialog: pick, showSaveDialog: pick },
    ipcMain: { handle: (channel: string, given: typeof listener) => channel === callChannel && (listener = given) },
    nativeImage: { createFromPath: () => ({}) },
    nativeTheme: { shouldUseDarkColors: false },
    safeStorage: {
      isAsyncEncryptionAvailable: async () => true,
      encryptStringAsync: async (text: string) => Buffer.from(text).map((byte) => byte ^ 91),
      decryptStringAsync: async (sealed: Buffer) => ({ result: sealed.map((byte) => byte ^ 91).toString() }),
      getSelectedStorageBackend: () => "gnome_libsecret",
    },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1_440, height: 900 } }] },
    session: { fromPartition: sessionOf, defaultSession: sessionOf("") },
    shell: { openExternal: async (url: string) => void external.push(url) },
  } as unknown as ElectronParts;

  const isFirst = await startShell({
    electron,
    platform: "linux",
    env: {
      CHATEE_DATA_DIR: join(folder, "data"),
      PATH: process.env["PATH"],
      SHELL: "/bin/sh",
      CHATEE_MCP__STDIO: "false",
    },
    argv: options.argv ?? ["/opt/chatee"],
    preload: "/preload.cjs",
    icon: "/tray.png",
    fork: (env) => forkNode(children, env),
    spawnPty: ({ file, args, columns, rows, cwd, env }) => spawn(file, args, { cols: columns, rows, cwd, env }),
    killGroup(pid) {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // gone
      }
    },
    updates: null,
  });

  const quit = async () => {
    app.quit();
    await app.quitted.promise;
  };
  return {
    isFirst,
    app,
    windows,
    asked,
    presses,
    picks,
    external,
    popups,
    copied,
    children,
    sessionOf,
    async window(count = 1) {
      const deadlineMs = performance.now() + 30_000;
      while (windows.length < count) {
        if (performance.now() > deadlineMs) throw new Error(`there are only ${windows.length} windows`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const window = windows[count - 1];
      if (!window) throw new Error("there is no such window");
      return window;
    },
    async call(window, name, input, frame) {
      const { webContents: sender } = window;
      const senderFrame = { origin: new URL(sender.url).origin, parent: null, ...frame };
      return (await listener?.({ sender, senderFrame }, name, input)) ?? { isOk: false, code: "ipc.failed" };
    },
    clickMenu(label) {
      const entries = menu.flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
      const click = entries.find((entry) => entry.label === label)?.click as (() => void) | undefined;
      if (!click) throw new Error(`the menu has no ${label}`);
      click();
    },
    quit,
    [Symbol.asyncDispose]: quit,
  };
}

/** A utility process is to the server what a forked Node is: no window, and a channel to its parent. */
function forkNode(children: ShellUnderTest["children"], env: Record<string, string | undefined>): ServerChild {
  const child = fork(serverEntry, [], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { PATH: env["PATH"] },
  });
  children.push({ kill: () => child.kill("SIGKILL"), pid: child.pid ?? 0, args: child.spawnargs });
  return {
    say: (message) => void child.send(message, () => {}),
    onMessage: (listener) => void child.on("message", listener),
    exited: once(child, "exit").then(([code]) => code as number | null),
    kill: () => void child.kill("SIGKILL"),
  };
}

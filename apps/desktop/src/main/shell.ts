import { createHash, randomUUID } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { createBoundedLog } from "./bounded-log.ts";
import { startBundledServer } from "./bundled-server.ts";
import { dataDirectoryOf, settingsAmong } from "./data-place.ts";
import { linkAmong, linkScheme } from "./deep-link.ts";
import type { ElectronParts } from "./electron-parts.ts";
import { createFileGrants } from "./file-grants.ts";
import { createHandlers } from "./handlers.ts";
import { announcer, createIpcGate } from "./ipc-gate.ts";
import { createKeyVault } from "./key-vault.ts";
import { createKeychain } from "./keychain.ts";
import { createLinks } from "./links.ts";
import { loginPath } from "./login-path.ts";
import { appMenu, trayMenu } from "./menus.ts";
import type { MenuActions } from "./menus.ts";
import { createNotifications } from "./notifications.ts";
import { createOauthWindow } from "./oauth-window.ts";
import { createPerson } from "./person.ts";
import { openPreferences } from "./preferences.ts";
import type { ServerChild } from "./server-child.ts";
import { finishSignIn } from "./server-session.ts";
import { guardSession } from "./session-guard.ts";
import { shellCommand } from "./shell-command.ts";
import { shellStrings } from "./shell.strings.ts";
import { createTerminals } from "./terminals.ts";
import type { Pty, PtySpec } from "./terminals.ts";
import { offerUpdate } from "./updates.ts";
import type { UpdateSource } from "./updates.ts";
import { createWindows } from "./windows.ts";
import type { Site } from "./windows.ts";

export type ShellOptions = {
  electron: ElectronParts;
  platform: NodeJS.Platform;
  env: Record<string, string | undefined>;
  argv: readonly string[];
  preload: string;
  icon: string;
  /** Starts the bundled server with these variables; nothing of chatee's own is among them. */
  fork: (env: Record<string, string | undefined>, onOutput: (chunk: Uint8Array) => void) => ServerChild;
  spawnPty: (spec: PtySpec) => Pty;
  killGroup: (pid: number) => void;
  updates: UpdateSource | null;
};

const bundledPartition = "persist:chatee";

/** A session of its own for each server: none sees what another one left. */
function partitionOf(origin: string): string {
  return `persist:remote-${createHash("sha256").update(origin).digest("hex").slice(0, 16)}`;
}

/** The desktop app, from its first moment to its last. Answers false when another instance has taken over. */
export async function startShell(options: ShellOptions): Promise<boolean> {
  const { electron, platform, env } = options;
  const { app, dialog, session } = electron;
  app.enableSandbox();
  if (platform === "win32") app.setAppUserModelId("app.chatee.desktop");
  // Beside the server's data, not in it: on two of three systems the usual place is the same folder.
  if (!app.commandLine.hasSwitch("user-data-dir"))
    app.setPath("userData", join(app.getPath("appData"), "chatee-desktop"));
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return false;
  }
  if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme);

  const isDevelopment = !app.isPackaged;
  const isKeyConfigured = env["CHATEE_SECRETS__KEY"] !== undefined;
  const dataDirectory = dataDirectoryOf(env, platform);
  const userData = app.getPath("userData");
  const preferences = openPreferences(join(userData, "shell.json"));
  const log = createBoundedLog(join(userData, "logs", "chatee.log"));
  const note = (text: string) => log.write(`${new Date().toISOString()} ${text}\n`);
  const { server: chosen } = preferences.get();

  let site: Site | null = null;
  /** Null while the bundled server is away: then nothing is sent to its address. */
  let reachableOrigin: string | null = null;
  let serverUrl: string | null = null;
  let stopServer: () => Promise<void> = async () => {};
  let isQuitting = false;
  let startPath = "/";
  const links = createLinks(linkAmong(options.argv));
  app.on("open-url", (event, url) => {
    event.preventDefault();
    links.open(url);
  });
  app.on("second-instance", (_event, argv) => {
    windows?.show();
    const link = linkAmong(argv);
    if (link !== null) links.open(link);
  });

  let windows: ReturnType<typeof createWindows> | null = null;
  const command = shellCommand(env, platform);
  /** Asked while Electron gets ready; the bundled server starts programs with it, and terminals begin with it. */
  const path = app.isPackaged && platform !== "win32" ? loginPath(command, env["PATH"]) : Promise.resolve(env["PATH"]);
  let childEnv = env;
  await app.whenReady();
  const strings = shellStrings(app.getLocale());

  const terminals = createTerminals({
    spawn: options.spawnPty,
    shell: () => shellCommand(childEnv, platform),
    newId: randomUUID,
    killGroup: options.killGroup,
    setTimer: setTimeout,
  });
  const grants = createFileGrants({ now: Date.now, newId: randomUUID });
  const shown = createWindows({
    electron,
    preferences,
    preload: options.preload,
    isDevelopment,
    strings,
    site: () => site,
    onPageLeft(windowId) {
      terminals.closeWindow(windowId);
      grants.closeWindow(windowId);
    },
    onLoadFailed: (window, { origin, isLocal }) => {
      if (!isLocal) void onRemoteAway(window, origin);
    },
    isQuitting: () => isQuitting,
  });
  windows = shown;
  const person = createPerson({ dialog, strings, windowOf: shown.find });

  const guarded = new Set<string>();
  function guard(partition: string): void {
    if (guarded.has(partition)) return;
    guarded.add(partition);
    guardSession(session.fromPartition(partition), { origin: () => reachableOrigin, allowDevTools: isDevelopment });
  }
  // The one that a window would have without being told; none of ours does.
  guardSession(session.defaultSession, { origin: () => null, allowDevTools: isDevelopment });

  function navigate(path: string): void {
    const window = shown.show();
    if (!window) startPath = path;
    else announcer(window.webContents)("shell.navigate", { path });
  }

  async function onRemoteAway(window: Electron.BrowserWindow, origin: string): Promise<void> {
    const buttons = [strings.tryAgain, strings.useBundled, strings.quit];
    const title = strings.remoteFailedTitle(origin);
    const pressed = await person.choose(window, { title, body: strings.remoteFailedBody, buttons });
    if (pressed === 0 && !window.isDestroyed()) void window.loadURL(`${origin}/`).catch(() => {});
    if (pressed === 1) {
      preferences.set({ server: { kind: "bundled" } });
      startAgain();
    }
    if (pressed === 2) app.quit();
  }

  const oauth = createOauthWindow({
    openWindow: () => shown.openSignIn(`sign-in-${randomUUID()}`),
    callbackUrls: () =>
      [site?.origin, serverUrl].flatMap((url) =>
        url ? [new URL("mcp/oauth/callback", `${url.replace(/\/$/, "")}/`).href] : [],
      ),
    async finish(callback) {
      if (!site) return strings.serverFailedTitle;
      const cookies = await session.fromPartition(site.partition).cookies.get({ url: site.origin });
      return await finishSignIn(site.origin, cookies, callback);
    },
    setTimer: setTimeout,
  });
  const keychain = createKeychain(electron.safeStorage, platform);
  const vault = createKeyVault(dataDirectory, keychain);
  const handlers = createHandlers({
    person,
    terminals,
    grants,
    preferences,
    vault,
    oauth,
    notifications: createNotifications({
      isSupported: () => electron.Notification.isSupported(),
      create: ({ title, body }) => {
        const notification = new electron.Notification({ title, body });
        return { show: () => notification.show(), onClick: (work) => void notification.on("click", work) };
      },
      now: Date.now,
      onOpen: navigate,
    }),
    isKeyConfigured,
    platform,
    version: app.getVersion(),
    homeFolder: homedir(),
    now: Date.now,
    startAgain,
  });
  createIpcGate({
    handlers,
    siteOf: (windowId) => (shown.find(windowId) ? site : null),
    onError: (name, error) =>
      note(`call ${name} failed: ${error instanceof Error ? (error.stack ?? error.name) : "?"}`),
  }).attach(electron.ipcMain);

  const actions: MenuActions = {
    newWindow: () => void shown.open(),
    show: () => void shown.show(),
    openSettings: () => navigate("/settings/models"),
    checkForUpdates: () => void offerUpdate(options.updates, { person, strings, window: shown.show() }),
    quit: () => app.quit(),
  };
  electron.Menu.setApplicationMenu(
    electron.Menu.buildFromTemplate(appMenu({ platform, isDevelopment, strings }, actions)),
  );
  const tray = new electron.Tray(electron.nativeImage.createFromPath(options.icon));
  tray.setToolTip(strings.app);
  tray.setContextMenu(electron.Menu.buildFromTemplate(trayMenu(strings, actions)));
  tray.on("click", actions.show);

  function startAgain(): void {
    app.relaunch();
    app.quit();
  }

  /** Everything is shown from here on, and where it is shown already it follows. */
  function show(found: Site): void {
    const isFirst = site === null;
    site = found;
    reachableOrigin = found.origin;
    guard(found.partition);
    if (isFirst) shown.open(startPath);
    else shown.follow(found);
    if (isFirst) links.begin({ strings, person, show: shown.show, navigate });
  }

  if (chosen.kind === "remote") {
    show({ origin: chosen.origin, isLocal: false, partition: partitionOf(chosen.origin) });
  } else {
    const server = startBundledServer({
      fork: () => options.fork(childEnv, (chunk) => log.write(chunk)),
      prepare: async () => void (childEnv = { ...env, PATH: await path }),
      dataDirectory,
      settings: settingsAmong(env),
      vault: isKeyConfigured ? null : vault,
      preferences,
      cookies: () => session.fromPartition(bundledPartition).cookies,
      onReady({ origin, url }) {
        serverUrl = url;
        show({ origin, isLocal: true, partition: bundledPartition });
      },
      onAway: () => (reachableOrigin = null),
      async onFailed(reason, canRetry) {
        if (isQuitting) return false;
        const buttons = canRetry ? [strings.tryAgain, strings.quit] : [strings.quit];
        const pressed = await person.choose(null, { title: strings.serverFailedTitle, body: reason, buttons });
        if (canRetry && pressed === 0) return true;
        app.quit();
        return false;
      },
      note,
    });
    stopServer = server.stop;
  }

  // By itself Electron would hand the first certificate of the person's to whatever site asks who they are.
  app.on("select-client-certificate", (event, _contents, _url, _list, choose) => {
    event.preventDefault();
    choose();
  });
  app.on("activate", () => void shown.show());
  app.on("window-all-closed", () => {
    if (platform !== "darwin") app.quit();
  });
  let hasStopped = false;
  app.on("before-quit", (event) => {
    isQuitting = true;
    if (hasStopped) return;
    event.preventDefault();
    terminals.closeAll();
    void (async () => {
      await stopServer();
      tray.destroy();
      hasStopped = true;
      app.quit();
    })();
  });
  return true;
}

import { toServerOrigin } from "./addresses.ts";
import type { FileGrants } from "./file-grants.ts";
import type { Handlers, Page } from "./ipc-gate.ts";
import type { KeyVault } from "./key-vault.ts";
import type { SignInOutcome } from "./oauth-window.ts";
import type { Preferences } from "./preferences.ts";
import { Refusal } from "./refusal.ts";
import type { Terminals } from "./terminals.ts";

/** What only a person can answer, in dialogs of the system that no page can draw or press. */
export type Person = {
  pickFiles: (windowId: number, options: { isMultiple: boolean; extensions: readonly string[] }) => Promise<string[]>;
  pickTarget: (windowId: number, suggestedName: string) => Promise<string | null>;
  pickFolder: (windowId: number) => Promise<string | null>;
  allowsTerminal: (windowId: number) => Promise<boolean>;
  allowsServer: (windowId: number, origin: string | null) => Promise<boolean>;
  allowsMovingKey: (windowId: number) => Promise<boolean>;
};

export type HandlerDeps = {
  person: Person;
  terminals: Terminals;
  grants: FileGrants;
  preferences: Preferences;
  vault: KeyVault;
  oauth: { open: (url: string) => Promise<SignInOutcome> };
  notifications: { show: (what: { title: string; body: string; path: string | null }) => boolean };
  isKeyConfigured: boolean;
  platform: NodeJS.Platform;
  version: string;
  homeFolder: string;
  now: () => number;
  /** The app starts anew, with the server that the preferences name. */
  startAgain: () => void;
};

/** A person who said no is not asked again at once. */
const refusalLastsMs = 20_000;

export function createHandlers(deps: HandlerDeps): Handlers {
  const { person, terminals, grants, preferences, vault } = deps;
  let terminalsAllowed: Promise<boolean> | null = null;
  let refusedAtMs = -Infinity;

  /** Asks once while the app runs; two tabs opened at once ask one question. */
  async function assertTerminalAllowed({ windowId }: Page): Promise<void> {
    if (deps.now() - refusedAtMs < refusalLastsMs) throw new Refusal("terminal.refused");
    terminalsAllowed ??= person.allowsTerminal(windowId);
    if (await terminalsAllowed) return;
    terminalsAllowed = null;
    refusedAtMs = deps.now();
    throw new Refusal("terminal.refused");
  }

  return {
    async "shell.info"(_input, { isLocal }) {
      const { closeToTray, server } = preferences.get();
      return {
        platform: deps.platform === "darwin" ? "macos" : deps.platform === "win32" ? "windows" : "linux",
        version: deps.version,
        server: isLocal ? "bundled" : "remote",
        hasTerminal: isLocal,
        secretKey: !isLocal ? null : deps.isKeyConfigured ? "configured" : vault.place(),
        canMoveSecretKey: isLocal && !deps.isKeyConfigured && (await vault.canMove()),
        closeToTray,
        remoteUrl: server.kind === "remote" ? server.origin : null,
      };
    },
    "shell.setCloseToTray": ({ closeToTray }) => preferences.set({ closeToTray }),
    async "server.choose"(wanted, { windowId }) {
      const origin = wanted.kind === "remote" ? toServerOrigin(wanted.url) : null;
      if (wanted.kind === "remote" && origin === null) throw new Refusal("server.invalid_url");
      if (!(await person.allowsServer(windowId, origin))) return { isChanged: false };
      preferences.set({ server: origin === null ? { kind: "bundled" } : { kind: "remote", origin } });
      deps.startAgain();
      return { isChanged: true };
    },
    async "secretKey.moveToKeychain"(_input, { windowId }) {
      if (await person.allowsMovingKey(windowId)) await vault.moveToKeychain();
    },
    async "files.pickToRead"(options, { windowId }) {
      const paths = await person.pickFiles(windowId, options);
      return await Promise.all(paths.map((path) => grants.toRead(windowId, path)));
    },
    async "files.pickToWrite"({ suggestedName }, { windowId }) {
      const path = await person.pickTarget(windowId, suggestedName);
      return path === null ? null : await grants.toWrite(windowId, path);
    },
    async "files.pickFolder"(_input, { windowId }) {
      const path = await person.pickFolder(windowId);
      return path === null ? null : await grants.folder(windowId, path);
    },
    "files.read": (range, { windowId }) => grants.read(windowId, range),
    "files.write": ({ grantId, bytes }, { windowId }) => grants.write(windowId, grantId, bytes),
    "files.release": ({ grantId }, { windowId }) => grants.release(windowId, grantId),
    "notifications.show": (what) => ({ isShown: deps.notifications.show(what) }),
    "signIn.open": ({ url }) => deps.oauth.open(url),
    async "terminal.create"({ columns, rows, folderGrantId }, page) {
      await assertTerminalAllowed(page);
      const cwd = folderGrantId === null ? deps.homeFolder : await grants.pathOfFolder(page.windowId, folderGrantId);
      return terminals.create(page, { columns, rows, cwd });
    },
    "terminal.write": ({ terminalId, data }, { windowId }) => terminals.write(windowId, terminalId, data),
    "terminal.resize": ({ terminalId, columns, rows }, { windowId }) =>
      terminals.resize(windowId, terminalId, columns, rows),
    "terminal.acknowledge": ({ terminalId, chars }, { windowId }) => terminals.acknowledge(windowId, terminalId, chars),
    "terminal.kill": ({ terminalId }, { windowId }) => terminals.kill(windowId, terminalId),
  };
}

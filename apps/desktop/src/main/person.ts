import type { BaseWindow, Dialog, MessageBoxOptions } from "electron";
import type { Person } from "./handlers.ts";
import { safeName } from "./session-guard.ts";
import type { ShellStrings } from "./shell.strings.ts";

export type Asks = Person & {
  /** The index of the button that was pressed. */
  choose: (window: BaseWindow | null, question: { title: string; body: string; buttons: string[] }) => Promise<number>;
};

/** Questions in the system's own dialogs. The harmless answer is the default, and what Escape gives. */
export function createPerson(deps: {
  dialog: Pick<Dialog, "showMessageBox" | "showOpenDialog" | "showSaveDialog">;
  strings: ShellStrings;
  windowOf: (windowId: number) => BaseWindow | null;
}): Asks {
  const { dialog, strings, windowOf } = deps;

  async function ask(window: BaseWindow | null, options: MessageBoxOptions): Promise<number> {
    const { response } = window ? await dialog.showMessageBox(window, options) : await dialog.showMessageBox(options);
    return response;
  }
  async function confirm(windowId: number, title: string, body: string, yes: string): Promise<boolean> {
    const no = { defaultId: 0, cancelId: 0, noLink: true };
    return (
      (await ask(windowOf(windowId), {
        type: "question",
        message: title,
        detail: body,
        buttons: [strings.cancel, yes],
        ...no,
      })) === 1
    );
  }
  async function pick(windowId: number, options: Electron.OpenDialogOptions): Promise<string[]> {
    const window = windowOf(windowId);
    const { canceled, filePaths } = window
      ? await dialog.showOpenDialog(window, options)
      : await dialog.showOpenDialog(options);
    return canceled ? [] : filePaths;
  }

  return {
    choose: (window, { title, body, buttons }) =>
      ask(window, { type: "warning", message: title, detail: body, buttons, defaultId: 0, noLink: true }),
    pickFiles: (windowId, { isMultiple, extensions }) =>
      pick(windowId, {
        properties: ["openFile", ...(isMultiple ? (["multiSelections"] as const) : [])],
        filters: extensions.length === 0 ? [] : [{ name: extensions.join(", "), extensions: [...extensions] }],
      }),
    async pickTarget(windowId, suggestedName) {
      const window = windowOf(windowId);
      const options = { defaultPath: safeName(suggestedName) };
      const { canceled, filePath } = window
        ? await dialog.showSaveDialog(window, options)
        : await dialog.showSaveDialog(options);
      return canceled || filePath === "" ? null : filePath;
    },
    pickFolder: async (windowId) => (await pick(windowId, { properties: ["openDirectory"] }))[0] ?? null,
    allowsTerminal: (windowId) => confirm(windowId, strings.terminalTitle, strings.terminalBody, strings.open),
    allowsServer: (windowId, origin) =>
      confirm(
        windowId,
        strings.serverTitle,
        origin === null ? strings.serverBundled : strings.serverRemote(origin),
        strings.ok,
      ),
    allowsMovingKey: (windowId) => confirm(windowId, strings.keyTitle, strings.keyBody, strings.move),
  };
}

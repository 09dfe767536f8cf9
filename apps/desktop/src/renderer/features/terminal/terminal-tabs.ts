import type { DesktopApi } from "../../../preload/desktop-api.ts";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";

/** A terminal drawn on the page; it outlives the screen that shows it. */
export type TerminalView = {
  element: HTMLElement;
  /** `done` is called when it was drawn. */
  write: (data: string, done?: () => void) => void;
  /** Fills the place it is in. */
  fit: () => void;
  focus: () => void;
  dispose: () => void;
};
export type OpenView = (events: {
  onInput: (data: string) => void;
  onResize: (size: { columns: number; rows: number }) => void;
}) => TerminalView;

export type Tab = { terminalId: string; title: string; place: number; hasEnded: boolean };
export type TabsProblem = "refused" | "tooMany" | "folder" | "other";
export type TabsState = {
  tabs: readonly Tab[];
  activeId: string | null;
  isOpening: boolean;
  problem: TabsProblem | null;
};

export type TerminalTabs = Store<TabsState> & {
  /** `folderGrantId` is where the shell begins; null for the person's home. */
  open: (folderGrantId: string | null) => Promise<void>;
  openIn: () => Promise<void>;
  show: (terminalId: string) => void;
  /** Ends the shell, if it still runs, and forgets the terminal. */
  close: (terminalId: string) => void;
  viewOf: (terminalId: string) => TerminalView | null;
};

type Desktop = Pick<DesktopApi, "terminal" | "files">;
type Ended = { exitCode: number; signal: number | null };

/** What one write may carry; a paste of more goes in pieces. */
const maxInputChars = 32 * 1024;
/** Output and ends of terminals whose answer is still on its way. */
const maxEarly = 64;

const problemOf: Record<string, TabsProblem> = {
  "terminal.refused": "refused",
  "terminal.too_many": "tooMany",
  "files.no_grant": "folder",
  "files.changed": "folder",
  "files.unreadable": "folder",
};

/** The terminals of this window, kept while other screens are shown. `sayEnd` puts an end into words. */
export function createTerminalTabs(app: Desktop, openView: OpenView, sayEnd: (end: Ended) => string): TerminalTabs {
  const state = createStore<TabsState>({ tabs: [], activeId: null, isOpening: false, problem: null });
  const views = new Map<string, TerminalView>();
  let early: ({ terminalId: string } & ({ data: string } | Ended))[] = [];
  let opened = 0;

  const change = (changed: Partial<TabsState>) => state.set({ ...state.get(), ...changed });
  const changeTab = (terminalId: string, changed: Partial<Tab>) =>
    change({ tabs: state.get().tabs.map((tab) => (tab.terminalId === terminalId ? { ...tab, ...changed } : tab)) });
  /** A terminal may have ended while a call was on its way. */
  const quietly = (call: Promise<unknown>) => void call.catch(() => {});

  function take(what: (typeof early)[number]): void {
    const view = views.get(what.terminalId);
    if (!view) {
      early = [...early, what].slice(-maxEarly);
    } else if ("data" in what) {
      view.write(what.data, () => quietly(app.terminal.acknowledge(what.terminalId, what.data.length)));
    } else {
      view.write(`\r\n${sayEnd(what)}\r\n`);
      changeTab(what.terminalId, { hasEnded: true });
    }
  }
  app.terminal.onData(take);
  app.terminal.onExit(take);

  function send(terminalId: string, data: string): void {
    for (let at = 0; at < data.length; at += maxInputChars)
      quietly(app.terminal.write(terminalId, data.slice(at, at + maxInputChars)));
  }

  async function open(folderGrantId: string | null): Promise<void> {
    if (state.get().isOpening) return;
    change({ isOpening: true, problem: null });
    try {
      const { terminalId, title } = await app.terminal.create({ columns: 80, rows: 24, folderGrantId });
      const view = openView({
        onInput: (data) => send(terminalId, data),
        onResize: (size) => quietly(app.terminal.resize({ terminalId, ...size })),
      });
      views.set(terminalId, view);
      opened++;
      const tab = { terminalId, title, place: opened, hasEnded: false };
      change({ tabs: [...state.get().tabs, tab], activeId: terminalId });
      const waiting = early.filter((one) => one.terminalId === terminalId);
      early = early.filter((one) => one.terminalId !== terminalId);
      for (const one of waiting) take(one);
    } catch (error) {
      const code = error instanceof Error ? (/[a-z_]+\.[a-z_]+$/.exec(error.message)?.[0] ?? "") : "";
      change({ problem: problemOf[code] ?? "other" });
    } finally {
      change({ isOpening: false });
    }
  }

  return {
    get: state.get,
    subscribe: state.subscribe,
    open,
    async openIn() {
      const folder = await app.files.pickFolder().catch(() => null);
      if (folder) await open(folder.grantId);
    },
    show: (terminalId) => change({ activeId: terminalId }),
    close(terminalId) {
      const { tabs, activeId } = state.get();
      const at = tabs.findIndex((tab) => tab.terminalId === terminalId);
      if (at === -1) return;
      if (!tabs[at]?.hasEnded) quietly(app.terminal.kill(terminalId));
      views.get(terminalId)?.dispose();
      views.delete(terminalId);
      const left = tabs.filter((tab) => tab.terminalId !== terminalId);
      const next = left[Math.min(at, left.length - 1)]?.terminalId ?? null;
      change({ tabs: left, activeId: activeId === terminalId ? next : activeId, problem: null });
    },
    viewOf: (terminalId) => views.get(terminalId) ?? null,
  };
}

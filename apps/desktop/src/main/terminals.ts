import type { Announce } from "./ipc-gate.ts";
import { createEscapeFilter } from "./escape-filter.ts";
import type { EscapeFilter } from "./escape-filter.ts";
import { Refusal } from "./refusal.ts";

/** As much of a pseudo terminal as is used; `@lydell/node-pty` has it. */
export type Pty = {
  readonly pid: number;
  onData: (listener: (text: string) => void) => unknown;
  onExit: (listener: (end: { exitCode: number; signal?: number }) => void) => unknown;
  write: (data: string) => void;
  resize: (columns: number, rows: number) => void;
  pause: () => void;
  resume: () => void;
  kill: (signal?: string) => void;
};

export type PtySpec = {
  file: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  columns: number;
  rows: number;
};

export type TerminalsDeps = {
  spawn: (spec: PtySpec) => Pty;
  shell: () => { file: string; args: string[]; env: Record<string, string> };
  newId: () => string;
  /** Ends the shell's whole process group; does nothing where there are none. */
  killGroup: (pid: number) => void;
  setTimer: (work: () => void, ms: number) => { unref?: () => unknown };
};

type Terminal = {
  terminalId: string;
  windowId: number;
  pty: Pty;
  filter: EscapeFilter;
  announce: Announce;
  /** Filtered output that is not on its way yet. */
  waiting: string[];
  waitingChars: number;
  /** On its way to the page, or there and not yet drawn. */
  unseenChars: number;
  isPaused: boolean;
  isFlushing: boolean;
  hasExited: boolean;
};

export const limits = {
  perWindow: 8,
  all: 24,
  /** Above, the program has to wait; it goes on below the second. Together with one read of the system, that is all that is ever kept. */
  pauseAtChars: 512 * 1024,
  resumeAtChars: 128 * 1024,
  chunkChars: 64 * 1024,
};
const flushAfterMs = 8;
const killAfterMs = 2_000;

export type Terminals = ReturnType<typeof createTerminals>;

/**
 * Shells in pseudo terminals, each belonging to one window and ending with it. Output is filtered, sent in steps, and
 * only as fast as the page draws it: a program that floods waits, as it would before a slow screen, and nothing piles up.
 */
export function createTerminals(deps: TerminalsDeps) {
  const terminals = new Map<string, Terminal>();

  function find(windowId: number, terminalId: string): Terminal {
    const found = terminals.get(terminalId);
    if (!found || found.windowId !== windowId) throw new Refusal("terminal.not_found");
    return found;
  }

  function take(terminal: Terminal, text: string): void {
    const shown = terminal.filter.push(text);
    if (shown === "") return;
    terminal.waiting.push(shown);
    terminal.waitingChars += shown.length;
    if (!terminal.isPaused && terminal.waitingChars + terminal.unseenChars > limits.pauseAtChars) {
      terminal.isPaused = true;
      terminal.pty.pause();
    }
    if (terminal.isFlushing) return;
    terminal.isFlushing = true;
    deps.setTimer(() => flush(terminal), flushAfterMs);
  }

  function flush(terminal: Terminal): void {
    terminal.isFlushing = false;
    const text = terminal.waiting.join("");
    terminal.waiting = [];
    terminal.waitingChars = 0;
    for (let at = 0; at < text.length; at += limits.chunkChars) {
      const data = text.slice(at, at + limits.chunkChars);
      terminal.unseenChars += data.length;
      terminal.announce("terminal.data", { terminalId: terminal.terminalId, data });
    }
  }

  function kill(terminal: Terminal): void {
    if (terminal.hasExited) return;
    // A shell that writes into a terminal nobody reads would not see its end.
    terminal.pty.resume();
    end(terminal.pty);
    deps.setTimer(() => !terminal.hasExited && deps.killGroup(terminal.pty.pid), killAfterMs).unref?.();
  }

  return {
    /** @throws Refusal `terminal.too_many`, `terminal.unavailable` */
    create(
      owner: { windowId: number; announce: Announce },
      options: { columns: number; rows: number; cwd: string },
    ): { terminalId: string; title: string } {
      const ofWindow = [...terminals.values()].filter(({ windowId }) => windowId === owner.windowId);
      if (ofWindow.length >= limits.perWindow || terminals.size >= limits.all) throw new Refusal("terminal.too_many");
      const shell = deps.shell();
      let pty: Pty;
      try {
        pty = deps.spawn({ ...shell, ...options });
      } catch (error) {
        throw new Refusal("terminal.unavailable", { cause: error });
      }
      const terminal: Terminal = {
        terminalId: deps.newId(),
        windowId: owner.windowId,
        pty,
        filter: createEscapeFilter(),
        announce: owner.announce,
        waiting: [],
        waitingChars: 0,
        unseenChars: 0,
        isPaused: false,
        isFlushing: false,
        hasExited: false,
      };
      const { terminalId } = terminal;
      terminals.set(terminalId, terminal);
      pty.onData((text) => take(terminal, text));
      pty.onExit(({ exitCode, signal }) => {
        terminal.hasExited = true;
        terminals.delete(terminalId);
        flush(terminal);
        terminal.announce("terminal.exit", { terminalId, exitCode, signal: signal || null });
      });
      return { terminalId, title: shell.file.split(/[\\/]/).at(-1) ?? shell.file };
    },
    write(windowId: number, terminalId: string, data: string): void {
      find(windowId, terminalId).pty.write(data);
    },
    resize(windowId: number, terminalId: string, columns: number, rows: number): void {
      find(windowId, terminalId).pty.resize(columns, rows);
    },
    /** The page has drawn so much; what it claims beyond what it was sent, or of a terminal that has ended, counts for nothing. */
    acknowledge(windowId: number, terminalId: string, chars: number): void {
      const terminal = terminals.get(terminalId);
      if (terminal?.windowId !== windowId) return;
      terminal.unseenChars = Math.max(0, terminal.unseenChars - chars);
      if (terminal.isPaused && terminal.unseenChars + terminal.waitingChars < limits.resumeAtChars) {
        terminal.isPaused = false;
        terminal.pty.resume();
      }
    },
    kill: (windowId: number, terminalId: string) => kill(find(windowId, terminalId)),
    /** The window is gone, or shows another page: its shells end. */
    closeWindow(windowId: number): void {
      for (const terminal of terminals.values()) if (terminal.windowId === windowId) kill(terminal);
    },
    closeAll(): void {
      for (const terminal of terminals.values()) {
        end(terminal.pty);
        deps.killGroup(terminal.pty.pid);
      }
    },
    count: () => terminals.size,
  };
}

/** A shell that has ended meanwhile needs no killing. */
function end(pty: Pty): void {
  try {
    pty.kill();
  } catch {
    // gone
  }
}

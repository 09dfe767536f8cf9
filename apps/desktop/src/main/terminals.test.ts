import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { spawn } from "@lydell/node-pty";
import { expect, test } from "vitest";
import type { Announce } from "./ipc-gate.ts";
import { Refusal } from "./refusal.ts";
import { createTerminals, limits } from "./terminals.ts";

/** Real shells in real pseudo terminals, and a page that sees all that is announced. */
function openTerminals(options: { seesNothing?: boolean } = {}) {
  const shells: number[] = [];
  const terminals = createTerminals({
    spawn({ file, args, columns, rows, cwd, env }) {
      const pty = spawn(file, args, { cols: columns, rows, cwd, env });
      shells.push(pty.pid);
      return pty;
    },
    shell: () => ({ file: "/bin/sh", args: [], env: { PATH: process.env["PATH"] ?? "", PS1: "$ ", TERM: "xterm" } }),
    newId: randomUUID,
    killGroup(pid) {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // gone
      }
    },
    setTimer: setTimeout,
  });
  const seen = new Map<string, string>();
  const ends = new Map<string, unknown>();
  const announce: Announce = (name, payload) => {
    if (name === "terminal.data") {
      const { terminalId, data } = payload as { terminalId: string; data: string };
      seen.set(terminalId, (seen.get(terminalId) ?? "") + data);
      if (!options.seesNothing) terminals.acknowledge(1, terminalId, data.length);
    } else if (name === "terminal.exit") {
      const { terminalId, ...end } = payload as { terminalId: string };
      ends.set(terminalId, end);
    }
  };
  return {
    terminals,
    shells,
    ends,
    create: (windowId = 1) =>
      terminals.create({ windowId, announce }, { columns: 80, rows: 24, cwd: process.cwd() }).terminalId,
    textOf: (terminalId: string) => seen.get(terminalId) ?? "",
    async [Symbol.asyncDispose]() {
      terminals.closeAll();
      await expect.poll(() => terminals.count()).toBe(0);
    },
  };
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("a shell runs in its terminal: it is typed to, told its size, and says how it ended", async () => {
  await using page = openTerminals();
  const terminalId = page.create();
  page.terminals.resize(1, terminalId, 101, 33);
  page.terminals.write(1, terminalId, "echo $((6*7))-$(stty size)\r");
  await expect.poll(() => page.textOf(terminalId)).toContain("42-33 101");
  page.terminals.write(1, terminalId, "exit 3\r");
  await expect.poll(() => page.ends.get(terminalId)).toEqual({ exitCode: 3, signal: null });
  expect(() => page.terminals.write(1, terminalId, "x")).toThrow(new Refusal("terminal.not_found"));
});

test("what a program writes is filtered before a page sees it", async () => {
  await using page = openTerminals();
  const terminalId = page.create();
  page.terminals.write(1, terminalId, String.raw`printf '<\033]52;c;QUJD\007\033[21t>\033[31mred'` + "\r");
  await expect.poll(() => page.textOf(terminalId)).toContain("<>\u001b[31mred");
});

test("a program that floods waits for the page, keeps within the bound, and goes on when the page has drawn", async () => {
  await using page = openTerminals({ seesNothing: true });
  const terminalId = page.create();
  page.terminals.write(1, terminalId, "yes 0123456789012345678901234567890123456789\r");
  await expect.poll(() => page.textOf(terminalId).length).toBeGreaterThan(limits.pauseAtChars);
  // Whatever was being read when the brake was pulled is all that still comes.
  let before = -1;
  await expect
    .poll(() => {
      const { length } = page.textOf(terminalId);
      const isStill = length === before;
      before = length;
      return isStill;
    })
    .toBe(true);
  expect(before).toBeLessThan(limits.pauseAtChars + 256 * 1024);
  page.terminals.acknowledge(1, terminalId, before);
  await expect.poll(() => page.textOf(terminalId).length).toBeGreaterThan(before);
  page.terminals.kill(1, terminalId);
  await expect.poll(() => page.ends.has(terminalId)).toBe(true);
});

test("a window's shells end with it, with what they started, and no other window's", async () => {
  await using page = openTerminals();
  const mine = page.create(1);
  const others = page.create(2);
  page.terminals.write(1, mine, "sleep 600 & echo child=$!; wait\r");
  await expect.poll(() => /child=(\d+)/.exec(page.textOf(mine))?.[1]).toBeTruthy();
  page.terminals.closeWindow(1);
  await expect.poll(() => page.ends.has(mine)).toBe(true);
  expect(page.ends.has(others)).toBe(false);
  expect(isAlive(page.shells[0] ?? 0)).toBe(false);
  expect(isAlive(page.shells[1] ?? 0)).toBe(true);
});

test("a shell that ignores being asked is ended all the same", async () => {
  await using page = openTerminals();
  const terminalId = page.create();
  page.terminals.write(1, terminalId, "trap '' HUP TERM; echo trap''ped; while :; do sleep 1; done\r");
  await expect.poll(() => page.textOf(terminalId)).toContain("trapped");
  page.terminals.kill(1, terminalId);
  await expect.poll(() => page.ends.has(terminalId)).toBe(true);
});

test("terminals are counted per window, and belong to the window that opened them", async () => {
  await using page = openTerminals();
  const ids = Array.from({ length: limits.perWindow }, () => page.create(1));
  expect(() => page.create(1)).toThrow(new Refusal("terminal.too_many"));
  const [first = ""] = ids;
  expect(() => page.terminals.write(2, first, "x")).toThrow(new Refusal("terminal.not_found"));
  expect(() => page.terminals.kill(2, first)).toThrow(new Refusal("terminal.not_found"));
  await pause(0);
});

import { expect, test } from "vitest";
import type { DesktopApi } from "../../../preload/desktop-api.ts";
import { createTerminalTabs } from "./terminal-tabs.ts";
import type { TerminalView } from "./terminal-tabs.ts";

type Output = { terminalId: string; data: string };
type End = { terminalId: string; exitCode: number; signal: number | null };

/** The desktop app's side, and pages' terminals that remember what was written into them. */
function open(options: { refusesWith?: string } = {}) {
  const calls: unknown[][] = [];
  let onData: (output: Output) => void = () => {};
  let onExit: (end: End) => void = () => {};
  let created = 0;
  /** What happens before the answer to `create` is there. */
  let before: (terminalId: string) => void = () => {};
  const call =
    (name: string) =>
    async (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const terminal: DesktopApi["terminal"] = {
    async create() {
      if (options.refusesWith) throw new Error(options.refusesWith);
      created++;
      before(`t${created}`);
      return { terminalId: `t${created}`, title: "zsh" };
    },
    write: call("write"),
    resize: call("resize"),
    acknowledge: call("acknowledge"),
    kill: call("kill"),
    onData: (listener) => ((onData = listener), () => {}),
    onExit: (listener) => ((onExit = listener), () => {}),
  };
  const views: { text: string; isDisposed: boolean; type: (data: string) => void }[] = [];
  const tabs = createTerminalTabs(
    { terminal, files: { pickFolder: async () => ({ grantId: "g", name: "src" }) } as unknown as DesktopApi["files"] },
    ({ onInput }) => {
      const view = { text: "", isDisposed: false, type: onInput };
      views.push(view);
      return {
        element: {} as HTMLElement,
        write(data, done) {
          view.text += data;
          done?.();
        },
        fit() {},
        focus() {},
        dispose: () => void (view.isDisposed = true),
      } satisfies TerminalView;
    },
    ({ exitCode }) => `[ended with ${exitCode}]`,
  );
  return {
    tabs,
    calls,
    views,
    data: (output: Output) => onData(output),
    exit: (end: End) => onExit(end),
    whileCreating: (work: (terminalId: string) => void) => (before = work),
  };
}

test("output goes to its own terminal, also what came before the terminal was known, and what was drawn is acknowledged", async () => {
  const page = open();
  page.whileCreating((terminalId) => page.data({ terminalId, data: "early " }));
  await page.tabs.open(null);
  await page.tabs.open(null);
  page.data({ terminalId: "t1", data: "one" });
  page.data({ terminalId: "t2", data: "two" });
  expect(page.views.map(({ text }) => text)).toEqual(["early one", "early two"]);
  expect(page.calls).toEqual([
    ["acknowledge", "t1", 6],
    ["acknowledge", "t2", 6],
    ["acknowledge", "t1", 3],
    ["acknowledge", "t2", 3],
  ]);
});

test("a paste of any size arrives whole and in order, in pieces that the shell takes", async () => {
  const page = open();
  await page.tabs.open(null);
  const pasted = Array.from({ length: 100_000 }, (_, at) => String(at % 10)).join("");
  page.views[0]?.type(pasted);
  const written = page.calls.map(([, , data]) => String(data));
  expect(written.join("")).toBe(pasted);
  expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(64 * 1024);
});

test("closing a terminal ends its shell once, shows the one beside it, and an ended one says how", async () => {
  const page = open();
  for (let count = 0; count < 3; count++) await page.tabs.open(null);
  page.tabs.show("t2");
  page.tabs.close("t2");
  expect(page.tabs.get()).toMatchObject({ activeId: "t3", tabs: [{ terminalId: "t1" }, { terminalId: "t3" }] });
  expect(page.views[1]?.isDisposed).toBe(true);
  page.exit({ terminalId: "t3", exitCode: 2, signal: null });
  expect(page.views[2]?.text).toContain("[ended with 2]");
  page.tabs.close("t3");
  page.tabs.close("t3");
  expect(page.tabs.get()).toMatchObject({ activeId: "t1" });
  expect(page.calls).toEqual([["kill", "t2"]]);
});

test.each([
  ["terminal.refused", "refused"],
  // As Electron passes an error on.
  ["Uncaught Error: terminal.too_many", "tooMany"],
  ["files.changed", "folder"],
  ["something else", "other"],
])("a refusal (%s) becomes words: %s", async (refusesWith, problem) => {
  const page = open({ refusesWith });
  await page.tabs.openIn();
  expect(page.tabs.get()).toMatchObject({ problem, isOpening: false, tabs: [] });
});

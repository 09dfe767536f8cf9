import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { announcementChannel, callChannel, calls } from "../ipc/contract.ts";
import type { CallName, Reply } from "../ipc/contract.ts";
import { announcer, createIpcGate } from "./ipc-gate.ts";
import type { CallEvent, Handlers } from "./ipc-gate.ts";
import { Refusal } from "./refusal.ts";

const origin = "http://127.0.0.1:40123";

/** A gate whose handlers only say that they were reached. */
function openGate(options: { isLocal?: boolean; handlers?: Partial<Handlers> } = {}) {
  const reached: unknown[] = [];
  const errors: unknown[] = [];
  const reach = (name: CallName) => (input: unknown) => void reached.push([name, input]);
  const handlers = Object.fromEntries(Object.keys(calls).map((name) => [name, reach(name as CallName)]));
  const gate = createIpcGate({
    handlers: { ...(handlers as unknown as Handlers), ...options.handlers },
    siteOf: (windowId) => (windowId === 1 ? { origin, isLocal: options.isLocal ?? true } : null),
    onError: (_name, error) => errors.push(error),
  });
  let listener: ((event: CallEvent, ...args: unknown[]) => Promise<Reply>) | null = null;
  gate.attach({ handle: (channel, given) => void (channel === callChannel && (listener = given)) });
  const frame = { origin, parent: null as unknown };
  const sender = { id: 1, isDestroyed: () => false, send: () => {} };
  return {
    reached,
    errors,
    call: async (name: unknown, input?: unknown, event: Partial<CallEvent> = {}) =>
      await listener?.({ sender, senderFrame: frame, ...event }, name, input),
    sender,
    frame,
  };
}
const refused = (code: string) => ({ isOk: false, code });
const terminalId = randomUUID();

test("a call reaches its handler with what its schema made of it", async () => {
  const gate = openGate();
  expect(await gate.call("terminal.write", { terminalId, data: "ls\r" })).toEqual({ isOk: true, value: undefined });
  expect(gate.reached).toEqual([["terminal.write", { terminalId, data: "ls\r" }]]);
});

test("only the top frame of a window of ours, at its own server, is answered", async () => {
  const gate = openGate();
  const input = { terminalId, data: "rm -rf ~\r" };
  const strangers: Partial<CallEvent>[] = [
    { senderFrame: null },
    { senderFrame: { origin, parent: gate.frame } },
    { senderFrame: { origin: "https://evil.example", parent: null } },
    { senderFrame: { origin: "http://127.0.0.1:40124", parent: null } },
    { senderFrame: { origin: "null", parent: null } },
    { senderFrame: { origin: `${origin}.evil.example`, parent: null } },
    { sender: { ...gate.sender, id: 2 } },
  ];
  for (const stranger of strangers)
    expect(await gate.call("terminal.write", input, stranger)).toEqual(refused("ipc.untrusted_sender"));
  expect(gate.reached).toEqual([]);
});

test("a page of a remote server has no terminal, no files, no key, and no other call that reaches this machine", async () => {
  const gate = openGate({ isLocal: false });
  const inputs: Partial<Record<CallName, unknown>> = {
    "terminal.create": { columns: 80, rows: 24, folderGrantId: null },
    "terminal.write": { terminalId, data: "x" },
    "terminal.resize": { terminalId, columns: 80, rows: 24 },
    "terminal.acknowledge": { terminalId, chars: 1 },
    "terminal.kill": { terminalId },
    "files.pickToRead": { isMultiple: false, extensions: [] },
    "files.pickToWrite": { suggestedName: "a" },
    "files.read": { grantId: terminalId, offset: 0, maxBytes: 1 },
    "files.write": { grantId: terminalId, bytes: new Uint8Array(1) },
    "files.release": { grantId: terminalId },
    "shell.setCloseToTray": { closeToTray: true },
  };
  const localOnly = Object.entries(calls).filter(([, { isLocalOnly }]) => isLocalOnly);
  expect(localOnly.length).toBeGreaterThan(10);
  for (const [name] of localOnly)
    expect(await gate.call(name, inputs[name as CallName]), name).toEqual(refused("ipc.local_only"));
  expect(Object.keys(calls).filter((name) => name.startsWith("terminal.") || name.startsWith("files."))).toEqual(
    localOnly.map(([name]) => name).filter((name) => name.startsWith("terminal.") || name.startsWith("files.")),
  );
  expect(gate.reached).toEqual([]);
});

test("what a call's schema does not take goes nowhere, and neither does a call there is not", async () => {
  const gate = openGate();
  const bad: [unknown, unknown][] = [
    ["terminal.write", { terminalId, data: 5 }],
    ["terminal.write", { terminalId: "../1", data: "x" }],
    ["terminal.write", { terminalId, data: "x", more: 1 }],
    ["terminal.write", { terminalId, data: "x".repeat(65 * 1024) }],
    ["terminal.create", { columns: 0, rows: 24, folderGrantId: null }],
    ["terminal.create", { columns: 80, rows: 1e9, folderGrantId: null }],
    ["terminal.create", { columns: 80, rows: 24, folderGrantId: "/etc" }],
    ["files.read", { path: "/etc/passwd", grantId: terminalId, offset: 0, maxBytes: 1 }],
    ["files.read", { grantId: terminalId, offset: -1, maxBytes: 1 }],
    ["files.write", { grantId: terminalId, bytes: "text" }],
    ["files.pickToRead", { isMultiple: false, extensions: ["a/../b"] }],
    ["notifications.show", { title: "", body: "", path: null }],
    ["notifications.show", { title: "a", body: "", path: "//evil.example/" }],
    ["notifications.show", { title: "a", body: "", path: "https://evil.example/" }],
    ["shell.info", {}],
  ];
  for (const [name, input] of bad)
    expect(await gate.call(name, input), `${String(name)} ${JSON.stringify(input)?.slice(0, 80)}`).toEqual(
      refused("ipc.invalid_input"),
    );
  for (const name of ["shell.exec", "__proto__", "constructor", "toString", 5, null, undefined, {}])
    expect(await gate.call(name), JSON.stringify(name)).toEqual(refused("ipc.unknown_call"));
  expect(gate.reached).toEqual([]);
});

test("whatever a page sends, it is answered, and reaches no handler but with what that handler's schema takes", async () => {
  const gate = openGate();
  const names = fc.oneof(fc.constantFrom(...Object.keys(calls)), fc.string());
  const ids = fc.constantFrom(terminalId, "../etc", "");
  const likely = fc.record(
    { terminalId: ids, grantId: ids, data: fc.string(), columns: fc.integer(), rows: fc.integer(), url: fc.webUrl() },
    { requiredKeys: [] },
  );
  const inputs = fc.oneof(
    likely,
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  );
  await fc.assert(
    fc.asyncProperty(names, inputs, async (name, input) => {
      gate.reached.length = 0;
      const reply = await gate.call(name, input);
      expect(typeof reply?.isOk).toBe("boolean");
      for (const [reached, given] of gate.reached as [CallName, unknown][])
        expect(calls[reached].input.safeParse(given).success).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("an expected no is named; everything else is told the log, and the page only that it failed", async () => {
  const gate = openGate({
    handlers: {
      "terminal.kill": () => {
        throw new Refusal("terminal.not_found");
      },
      "files.release": () => {
        throw new Error("at /somewhere/secret");
      },
      // What a handler answers is held to its schema as well.
      "notifications.show": (() => ({ isShown: "yes", path: "/secret" })) as never,
    },
  });
  expect(await gate.call("terminal.kill", { terminalId })).toEqual(refused("terminal.not_found"));
  expect(await gate.call("files.release", { grantId: terminalId })).toEqual(refused("ipc.failed"));
  expect(await gate.call("notifications.show", { title: "a", body: "", path: null })).toEqual(refused("ipc.failed"));
  expect(gate.errors).toHaveLength(2);
});

test("a page that calls without end is told to wait, and heard again afterwards", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = openGate({ handlers: { "terminal.kill": () => promise } });
  const first = Array.from({ length: 128 }, () => gate.call("terminal.kill", { terminalId }));
  expect(await gate.call("terminal.kill", { terminalId })).toEqual(refused("ipc.busy"));
  resolve();
  await Promise.all(first);
  expect(await gate.call("terminal.kill", { terminalId })).toMatchObject({ isOk: true });
});

test("what is announced is checked too, and a window that is gone hears nothing", () => {
  const sent: unknown[][] = [];
  let isGone = false;
  const announce = announcer({ id: 1, isDestroyed: () => isGone, send: (...args) => void sent.push(args) });
  announce("shell.navigate", { path: "/settings/mcp" });
  expect(() => announce("shell.navigate", { path: "//evil.example" })).toThrow();
  isGone = true;
  announce("shell.navigate", { path: "/" });
  expect(sent).toEqual([[announcementChannel, "shell.navigate", { path: "/settings/mcp" }]]);
});

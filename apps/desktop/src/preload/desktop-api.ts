import type { Announcement, AnnouncementName, CallInput, CallName, CallOutput, Reply } from "../ipc/contract.ts";

/** What a preload does with Electron. */
export type Bridge = {
  /** The page is of the bundled server. The gate decides by itself; this is for what a page shows. */
  isLocal: boolean;
  call: (name: CallName, input: unknown) => Promise<Reply>;
  /** Answers with what stops listening. */
  listen: (listener: (name: AnnouncementName, payload: unknown) => void) => () => void;
};

/**
 * What a page sees as `window.chatee`: words of its own, frozen to the ground, and no way to name a channel. A refused
 * call rejects with an error whose message is the refusal's code.
 */
export function createDesktopApi(bridge: Bridge) {
  async function call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
    const reply = await bridge.call(name, input);
    if (!reply.isOk) throw new Error(reply.code);
    return reply.value as CallOutput<N>;
  }
  function on<N extends AnnouncementName>(name: N, listener: (payload: Announcement<N>) => void): () => void {
    return bridge.listen((announced, payload) => {
      if (announced === name) listener(payload as Announcement<N>);
    });
  }
  return deepFreeze({
    /** False with a remote server: it has no way into this machine. */
    hasTerminal: bridge.isLocal,
    shell: {
      info: () => call("shell.info", undefined),
      setCloseToTray: (closeToTray: boolean) => call("shell.setCloseToTray", { closeToTray }),
      onNavigate: (listener: (to: Announcement<"shell.navigate">) => void) => on("shell.navigate", listener),
    },
    server: { choose: (to: CallInput<"server.choose">) => call("server.choose", to) },
    secretKey: { moveToKeychain: () => call("secretKey.moveToKeychain", undefined) },
    files: {
      pickToRead: (options: CallInput<"files.pickToRead">) => call("files.pickToRead", options),
      pickToWrite: (suggestedName: string) => call("files.pickToWrite", { suggestedName }),
      pickFolder: () => call("files.pickFolder", undefined),
      read: (range: CallInput<"files.read">) => call("files.read", range),
      write: (grantId: string, bytes: Uint8Array) =>
        call("files.write", { grantId, bytes: bytes as Uint8Array<ArrayBuffer> }),
      release: (grantId: string) => call("files.release", { grantId }),
    },
    notifications: { show: (what: CallInput<"notifications.show">) => call("notifications.show", what) },
    signIn: { open: (url: string) => call("signIn.open", { url }) },
    terminal: {
      create: (size: CallInput<"terminal.create">) => call("terminal.create", size),
      write: (terminalId: string, data: string) => call("terminal.write", { terminalId, data }),
      resize: (size: CallInput<"terminal.resize">) => call("terminal.resize", size),
      acknowledge: (terminalId: string, chars: number) => call("terminal.acknowledge", { terminalId, chars }),
      kill: (terminalId: string) => call("terminal.kill", { terminalId }),
      onData: (listener: (output: Announcement<"terminal.data">) => void) => on("terminal.data", listener),
      onExit: (listener: (end: Announcement<"terminal.exit">) => void) => on("terminal.exit", listener),
    },
  });
}
export type DesktopApi = ReturnType<typeof createDesktopApi>;

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}

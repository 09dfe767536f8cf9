import type { UtilityProcess } from "electron";
import type { ElectronParts } from "./electron-parts.ts";
import type { ServerChild } from "./server-child.ts";

/** What the server's process has no use for; settings and secrets go over the channel. */
const ours = /^(CHATEE_|ELECTRON_|NODE_OPTIONS$)/i;

/** The bundled server in a utility process: no window, no Electron API, a channel to this process. */
export function forkUtility(deps: {
  utilityProcess: ElectronParts["utilityProcess"];
  entry: string;
  env: Record<string, string | undefined>;
  onOutput: (chunk: Uint8Array) => void;
}): ServerChild {
  const kept = Object.entries(deps.env).flatMap(([name, value]) =>
    value === undefined || ours.test(name) ? [] : [[name, value] as const],
  );
  const child: UtilityProcess = deps.utilityProcess.fork(deps.entry, [], {
    serviceName: "chatee server",
    stdio: ["ignore", "pipe", "pipe"],
    env: Object.fromEntries(kept),
  });
  child.stdout?.on("data", deps.onOutput);
  child.stderr?.on("data", deps.onOutput);
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
    say: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on("message", listener),
    exited: new Promise((resolve) => child.once("exit", (code) => resolve(code))),
    kill: () => void child.kill(),
  };
}

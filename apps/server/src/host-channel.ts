import { hostMessage } from "@chatee/shared/hosted-server";
import type { HostMessage, HostedMessage } from "@chatee/shared/hosted-server";

export type StartMessage = Extract<HostMessage, { kind: "start" }>;

export type HostChannel = {
  started: Promise<StartMessage>;
  /** The host asked for the end, or is gone. */
  stopped: Promise<void>;
  /** Resolves when it was handed to the system. */
  say: (message: HostedMessage) => Promise<void>;
};

/** What Electron's utility processes have, as far as it is used here. */
type ParentPort = {
  on: (event: "message", listener: (event: { data: unknown }) => void) => void;
  postMessage: (message: unknown) => void;
};

/** The channel to the host: Electron's, or Node's between a process and one that it forked. */
export function openHostChannel(): HostChannel {
  const started = Promise.withResolvers<StartMessage>();
  const stopped = Promise.withResolvers<void>();
  const onMessage = (data: unknown) => {
    const message = hostMessage.parse(data);
    if (message.kind === "start") started.resolve(message);
    else stopped.resolve();
  };
  const parentPort = "parentPort" in process ? (process.parentPort as ParentPort | undefined) : undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.resolve());
  if (parentPort) {
    parentPort.on("message", ({ data }) => onMessage(data));
    return {
      started: started.promise,
      stopped: stopped.promise,
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
      say: async (message) => parentPort.postMessage(message),
    };
  }
  if (!process.send) throw new TypeError("there is no channel to a host: this is started by the desktop app");
  process.on("message", onMessage);
  process.once("disconnect", () => stopped.resolve());
  return {
    started: started.promise,
    stopped: stopped.promise,
    say: (message) => new Promise((resolve) => process.send?.(message, () => resolve())),
  };
}

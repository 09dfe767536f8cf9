import type { HostMessage } from "@chatee/shared/hosted-server";

/** A process that runs the server, and the channel to it. */
export type ServerChild = {
  say: (message: HostMessage) => void;
  onMessage: (listener: (message: unknown) => void) => void;
  /** Resolves when it is gone; null when a signal ended it. */
  exited: Promise<number | null>;
  kill: () => void;
};

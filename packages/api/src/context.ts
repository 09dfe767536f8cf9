import type { MaybePromise } from "@chatee/shared/maybe-promise";
import type { ProcedureType } from "@trpc/server";
import type { Services } from "./services.ts";

/** What a procedure knows of its caller. Made by the server, once per request or socket, after the door let it in. */
export type Context = {
  ownerId: string;
  services: Services;
  requestId: string;
  /** Where the caller's page is from, when it is one of ours; null for programs and sockets. */
  pageOrigin: string | null;
  /** Counts a call or a subscription in, when it is its turn; false when the caller's socket has too many, or is being cut. */
  begin: (type: ProcedureType) => MaybePromise<boolean>;
  /** What was counted in is over. */
  end: (type: ProcedureType) => void;
  /** Bytes waiting to be sent on this caller's socket; 0 where there is none. */
  queuedBytes: () => number;
  /** Waits a moment (tens of milliseconds), or until the signal aborts. */
  pause: (signal: AbortSignal) => Promise<void>;
  /** Ends the caller's socket; the client resumes by its last event id. */
  dropSocket: () => void;
  /** Logs a bug once under an id that the caller is shown. */
  reportBug: (error: unknown) => { errorId: string };
};

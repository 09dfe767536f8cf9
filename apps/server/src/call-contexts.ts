import type { Caller } from "@chatee/api/access/access.service";
import type { Context } from "@chatee/api/context";
import type { Environment } from "@chatee/api/environment";
import type { Services } from "@chatee/api/services";
import type { WebSocket } from "ws";

const pauseMs = 25;
/** Long enough for the close frame to leave when the reader still reads; then the socket goes. */
const lastWordsMs = 2_000;

/** Tells the client that nothing is lost: it resumes by its last event id. From the private range of RFC 6455 §7.4.2. */
export const resumeCode = 4008;

export type CallContexts = ReturnType<typeof createCallContexts>;

/** Makes what procedures know of their caller. */
export function createCallContexts({ services, environment }: { services: Services; environment: Environment }) {
  type Call = Pick<Context, "requestId" | "pageOrigin"> & { socket: WebSocket | null };
  function create({ ownerId }: Caller, { requestId, pageOrigin, socket }: Call): Context {
    return {
      ownerId,
      services,
      requestId,
      pageOrigin,
      queuedBytes: () => socket?.bufferedAmount ?? 0,
      pause: async (signal) => {
        await environment.wait(pauseMs, signal).catch(() => {});
      },
      dropSocket() {
        if (!socket) return;
        socket.close(resumeCode, "resume");
        void environment.wait(lastWordsMs).then(() => socket.terminate());
      },
      reportBug(error) {
        const errorId = environment.newId();
        environment.log.error({ error, errorId, requestId }, "a call failed on a bug");
        return { errorId };
      },
    };
  }
  return {
    forRequest: (caller: Caller, call: Pick<Context, "requestId" | "pageOrigin">): Context =>
      create(caller, { ...call, socket: null }),
    forSocket: (caller: Caller, requestId: string, socket: WebSocket): Context =>
      create(caller, { requestId, pageOrigin: null, socket }),
  };
}

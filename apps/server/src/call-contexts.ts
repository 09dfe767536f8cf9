import type { Caller } from "@chatee/api/access/access.service";
import { dropAboveBytes, untilSent } from "@chatee/api/back-pressure";
import type { Context } from "@chatee/api/context";
import type { Environment } from "@chatee/api/environment";
import type { Services } from "@chatee/api/services";
import type { ProcedureType } from "@trpc/server";
import type { WebSocket } from "ws";

const pauseMs = 25;
/** Long enough for the close frame to leave when the reader still reads; then the socket goes. */
const lastWordsMs = 2_000;
/** What one socket may have under way: four of the largest batches, and more than anybody follows at a time. */
export const mostOpen = { calls: 200, subscriptions: 500 };
/** Further calls wait for one of these: the answers of all that run are in memory together, whoever reads them or not. */
const mostRunningCalls = 10;

/** Tells the client that nothing is lost: it resumes by its last event id. From the private range of RFC 6455 §7.4.2. */
export const resumeCode = 4008;
/** RFC 6455 §7.4.1: the client is or does what is not allowed here. */
export const policyCode = 1008;

export type CallContexts = ReturnType<typeof createCallContexts>;

type OfSocket = Pick<Context, "begin" | "end" | "queuedBytes" | "dropSocket">;

/** Over HTTP there is nothing to count: a request carries one batch, and Node reads no more of them while answers wait. */
const noSocket: OfSocket = { begin: () => true, end: () => {}, queuedBytes: () => 0, dropSocket: () => {} };

/** Makes what procedures know of their caller. */
export function createCallContexts({ services, environment }: { services: Services; environment: Environment }) {
  type Call = Pick<Context, "requestId" | "pageOrigin">;
  function create({ ownerId }: Caller, { requestId, pageOrigin }: Call, socket: OfSocket): Context {
    return {
      ownerId,
      services,
      requestId,
      pageOrigin,
      begin: socket.begin,
      end: socket.end,
      queuedBytes: socket.queuedBytes,
      pause: async (signal) => {
        await environment.wait(pauseMs, signal).catch(() => {});
      },
      dropSocket: socket.dropSocket,
      reportBug(error) {
        const errorId = environment.newId();
        environment.log.error({ error, errorId, requestId }, "a call failed on a bug");
        return { errorId };
      },
    };
  }
  return {
    forRequest: (caller: Caller, call: Call): Context => create(caller, call, noSocket),
    /** `cut` ends the socket whether or not its client agrees, and nothing more is begun on it. */
    forSocket(caller: Caller, requestId: string, socket: WebSocket) {
      const gone = new AbortController();
      const open = { calls: 0, subscriptions: 0 };
      let running = 0;
      const line: (() => void)[] = [];
      let isCut = false;
      function cut(code: number, reason: string): void {
        if (isCut) return;
        isCut = true;
        socket.close(code, reason);
        void environment.wait(lastWordsMs).then(() => socket.terminate());
      }
      async function whenSent(): Promise<boolean> {
        await untilSent(context, gone.signal);
        return !isCut;
      }
      const context = create(
        caller,
        { requestId, pageOrigin: null },
        {
          begin(type) {
            if (isCut) return false;
            const kind = kindOf(type);
            if (open[kind] === mostOpen[kind]) {
              cut(policyCode, `too many ${kind} at once`);
              return false;
            }
            open[kind]++;
            if (kind === "subscriptions") return true;
            if (running === mostRunningCalls) return new Promise<void>((resolve) => line.push(resolve)).then(whenSent);
            running++;
            return socket.bufferedAmount <= dropAboveBytes || whenSent();
          },
          end(type) {
            const kind = kindOf(type);
            open[kind]--;
            if (kind === "subscriptions") return;
            const next = line.shift();
            // By then the answer of this one waits with the others, and is counted.
            if (next) setImmediate(next);
            else running--;
          },
          queuedBytes: () => socket.bufferedAmount,
          dropSocket: () => cut(resumeCode, "resume"),
        },
      );
      socket.once("close", () => gone.abort());
      return { context, cut, untilSent: () => untilSent(context, gone.signal) };
    },
  };
}

function kindOf(type: ProcedureType): keyof typeof mostOpen {
  return type === "subscription" ? "subscriptions" : "calls";
}

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Caller } from "@chatee/api/access/access.service";
import { appRouter } from "@chatee/api/app-router";
import { dropAboveBytes } from "@chatee/api/back-pressure";
import type { Context } from "@chatee/api/context";
import type { Environment } from "@chatee/api/environment";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { policyCode } from "../call-contexts.ts";
import type { CallContexts } from "../call-contexts.ts";
import type { Doors } from "../doors.ts";
import { toJsonBody, toRefusal } from "../errors.ts";
import { createEventEncoder } from "../event-encoder.ts";
import { answerAndDestroy } from "../replies.ts";
import type { TokenHolds } from "../token-holds.ts";
import { maxBatchCalls } from "./trpc.ts";

const maxMessageBytes = 4 * 1024 * 1024;
const pingEveryMs = 20_000;
/** RFC 6455 §7.4.1: the server goes away, or is about to; the client connects again. */
const restartCode = 1012;

/**
 * The typed API over WebSockets. Who may come in is decided at the upgrade, before a frame is read. A peer that
 * answers no ping for twenty seconds is taken for gone.
 */
export function createTrpcSockets(deps: {
  doors: Doors;
  contexts: CallContexts;
  holds: TokenHolds;
  environment: Environment;
}) {
  const { doors, contexts, holds, environment } = deps;
  const server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const callContexts = new WeakMap<IncomingMessage, Context>();
  const open = new Map<WebSocket, { isAlive: boolean }>();
  const onConnection = getWSConnectionHandler({
    wss: server,
    router: appRouter,
    maxBatchSize: maxBatchCalls,
    experimental_encoder: createEventEncoder(),
    createContext({ req }) {
      const context = callContexts.get(req);
      if (!context) throw new TypeError("a socket came in without a caller");
      return context;
    },
  });

  const pinging = setInterval(() => {
    for (const [socket, state] of open) {
      if (!state.isAlive) {
        socket.terminate();
        continue;
      }
      state.isAlive = false;
      socket.ping();
    }
  }, pingEveryMs);
  pinging.unref();

  function accept(socket: WebSocket, request: IncomingMessage, caller: Caller): void {
    const state = { isAlive: true };
    const { context, cut, untilSent } = contexts.forSocket(caller, environment.newId(), socket);
    open.set(socket, state);
    const heard = () => {
      state.isAlive = true;
      if (socket.bufferedAmount > dropAboveBytes && !socket.isPaused) void unheard(socket, untilSent);
    };
    socket.on("pong", heard).on("message", heard);
    socket.on("error", () => socket.terminate());
    const letGo = holds.hold(caller, () => cut(policyCode, "signed out"));
    socket.on("close", () => {
      letGo();
      open.delete(socket);
    });
    callContexts.set(request, context);
    onConnection(socket, request);
  }

  return {
    /** Whoever hands a socket in listens for its errors. */
    async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      try {
        doors.admit(request, false);
        if (!/^\/trpc\/?(\?|$)/.test(request.url ?? ""))
          return answerAndDestroy(socket, 404, { error: { code: "NOT_FOUND", message: "There is nothing here." } });
        const caller = await doors.identify(request);
        server.handleUpgrade(request, socket, head, (accepted) => {
          sendTogether(accepted, socket);
          accept(accepted, request, caller);
        });
      } catch (error) {
        const refusal = toRefusal(error);
        if (!refusal) environment.log.error({ error }, "a socket could not be opened");
        answerAndDestroy(socket, refusal?.status ?? 500, refusal ? toJsonBody(refusal) : {});
      }
    },
    count: () => open.size,
    close(): void {
      clearInterval(pinging);
      for (const socket of open.keys()) socket.close(restartCode, "restart");
      const last = setTimeout(() => {
        for (const socket of open.keys()) socket.terminate();
      }, 500);
      last.unref();
      server.close();
    },
  };
}

/**
 * What a socket is told in one turn of the event loop goes out in one write, frame by frame: the kernel's part of a small
 * frame costs more than all that is done for it here.
 */
function sendTogether(socket: WebSocket, stream: Duplex): void {
  const { send } = socket;
  let isGathering = false;
  socket.send = (...frame: unknown[]) => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(() => {
        isGathering = false;
        stream.uncork();
      });
    }
    Reflect.apply(send, socket, frame);
  };
}

/**
 * Whoever asks and does not read is not listened to until the answers have left, so that no more of them are made; one that
 * stays far behind is dropped, as a subscriber is.
 */
async function unheard(socket: WebSocket, untilSent: () => Promise<void>): Promise<void> {
  socket.pause();
  await untilSent();
  socket.resume();
}

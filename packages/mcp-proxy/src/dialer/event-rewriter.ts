import type { Dispatcher } from "undici";

/** Makes, for each response, what rewrites its text: a character per byte (latin1), as much as one read brought. Does not throw. */
export type CreateRewrite = () => (read: string) => string;

/**
 * Rewrites event streams (`text/event-stream`, not compressed) as they are read, all that one read of the socket
 * brought at once. Adds no wait: it is handed on in the same turn of the event loop.
 */
export function rewriteEvents(createRewrite: CreateRewrite): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (request, handler) => dispatch(request, createRewriter(handler, createRewrite));
}

function createRewriter(handler: Dispatcher.DispatchHandler, createRewrite: CreateRewrite): Dispatcher.DispatchHandler {
  let rewrite: ((read: string) => string) | null = null;
  let read: Buffer[] = [];

  function pass(controller: Dispatcher.DispatchController): void {
    if (!rewrite || read.length === 0 || controller.aborted) return;
    const text = rewrite(Buffer.concat(read).toString("latin1"));
    read = [];
    handler.onResponseData?.(controller, Buffer.from(text, "latin1"));
  }

  function passLater(controller: Dispatcher.DispatchController): void {
    queueMicrotask(() => {
      try {
        pass(controller);
      } catch (error) {
        controller.abort(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  return {
    onRequestStart: (controller, context: unknown) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
    onResponseStart(controller, status, headers, message) {
      const isPlain = headers["content-encoding"] === undefined;
      const isEvents = String(headers["content-type"]).startsWith("text/event-stream");
      rewrite = isPlain && isEvents ? createRewrite() : null;
      handler.onResponseStart?.(controller, status, headers, message);
    },
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseData(controller, chunk) {
      if (!rewrite) return handler.onResponseData?.(controller, chunk);
      // The parser hands over a read piece by piece; microtasks run when it is through.
      if (read.push(chunk) === 1) passLater(controller);
    },
    onResponseEnd(controller, trailers) {
      pass(controller);
      handler.onResponseEnd?.(controller, trailers);
    },
    onResponseError(controller, error) {
      pass(controller);
      handler.onResponseError?.(controller, error);
    },
  };
}

import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ProxyEnvironment } from "../environment.ts";

/** A response that carries server-sent events. */
export type EventStream = {
  readonly isOpen: boolean;
  /** Whole events, as they go over the wire. */
  write: (events: string) => void;
  end: () => void;
  /** Resolves when the reader has taken what was sent, or is gone. Undefined when it has already. */
  drained: () => Promise<void> | undefined;
  /** Breaks it off: the reader has not read for too long. */
  destroy: () => void;
};

/** Browsers hand a streamed answer to a page only after its first byte. */
const firstCommentMs = 250;
/** Often enough for proxies that cut what is quiet. */
const commentMs = 15_000;

/** Begins the response. `onClose` is called once, when it has ended or its reader has left. */
export function openEventStream(
  res: ServerResponse,
  { wait }: Pick<ProxyEnvironment, "wait">,
  headers: OutgoingHttpHeaders,
  onClose: () => void,
): EventStream {
  const closed = new AbortController();
  let drain: PromiseWithResolvers<void> | undefined;
  const settleDrain = () => {
    drain?.resolve();
    drain = undefined;
  };
  res.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  res.flushHeaders();
  res.on("drain", settleDrain);
  res.once("close", () => {
    settleDrain();
    closed.abort();
    onClose();
  });

  async function comment(): Promise<void> {
    for (let delayMs = firstCommentMs; ; delayMs = commentMs) {
      await wait(delayMs, closed.signal);
      if (!res.writableNeedDrain) write(":\n\n");
    }
  }
  void comment().catch(() => {});

  function write(text: string): void {
    if (stream.isOpen && !res.write(text)) drain ??= Promise.withResolvers<void>();
  }

  const stream: EventStream = {
    get isOpen() {
      return !res.writableEnded && !res.destroyed;
    },
    write,
    end: () => void res.end(),
    drained: () => drain?.promise,
    destroy: () => void res.destroy(),
  };
  return stream;
}

import type { ServerResponse } from "node:http";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import type { EventStream } from "./event-stream.ts";

/** A stream of messages that outlives the connection it is read over. */
export type ResumableStream = {
  /** Whether somebody reads it now. */
  readonly isOpen: boolean;
  /** Kept for a reader that comes back, within the bounds of the session. */
  send: (message: JSONRPCMessage) => void;
  /** Nothing more will be said; what was said is kept. */
  end: () => void;
};

export type StreamLimits = {
  /** Of all streams of a session together; the oldest go first. */
  maxEvents: number;
  maxBytes: number;
};
export const defaultStreamLimits: StreamLimits = { maxEvents: 1_000, maxBytes: 1024 * 1024 };

type Stream = ResumableStream & {
  number: number;
  reader: EventStream | undefined;
  isOver: boolean;
  /** The newest of its events that is not kept any more. */
  droppedSeq: number;
};
type Kept = { stream: Stream; text: string };

/**
 * The streams of one session, with ids on their events (2025-11-25 basic/transports, Resumability): a client that lost
 * its connection asks for what came after the last event it has, and goes on reading there. Never a gap: when something
 * of it is not kept any more, the stream cannot be resumed.
 */
export function createResumableStreams(options: {
  open: (res: ServerResponse, onClose: () => void) => EventStream;
  limits: StreamLimits;
}) {
  const { limits } = options;
  const streams = new Map<number, Stream>();
  /** By sequence number, the oldest first. */
  const kept = new Map<number, Kept>();
  let keptBytes = 0;
  let lastSeq = 0;
  let lastNumber = 0;

  function keep(stream: Stream, data: string): string {
    const seq = ++lastSeq;
    const text = `event: message\nid: ${stream.number}-${seq}\ndata: ${data}\n\n`;
    kept.set(seq, { stream, text });
    keptBytes += text.length;
    for (const [oldestSeq, oldest] of kept) {
      if (kept.size <= limits.maxEvents && keptBytes <= limits.maxBytes) break;
      kept.delete(oldestSeq);
      keptBytes -= oldest.text.length;
      oldest.stream.droppedSeq = oldestSeq;
      if (oldest.stream.isOver) streams.delete(oldest.stream.number);
    }
    return text;
  }

  function read(stream: Stream, res: ServerResponse): EventStream {
    const reader = options.open(res, () => {
      if (stream.reader === reader) stream.reader = undefined;
    });
    stream.reader = reader;
    return reader;
  }

  return {
    /** Begins a stream on this response. `isPrimed` gives its reader an id before anything is said (2025-11-25). */
    begin(res: ServerResponse, isPrimed: boolean): ResumableStream {
      const stream: Stream = {
        number: ++lastNumber,
        reader: undefined,
        isOver: false,
        droppedSeq: 0,
        get isOpen() {
          return stream.reader?.isOpen ?? false;
        },
        send(message) {
          const text = keep(stream, JSON.stringify(message));
          stream.reader?.write(text);
        },
        end() {
          stream.isOver = true;
          stream.reader?.end();
          if (![...kept.values()].some((one) => one.stream === stream)) streams.delete(stream.number);
        },
      };
      streams.set(stream.number, stream);
      const reader = read(stream, res);
      if (isPrimed) reader.write(`id: ${stream.number}-${++lastSeq}\ndata: \n\n`);
      return stream;
    },
    /** Goes on after this event, on this response; undefined, and nothing is answered, when that cannot be done. */
    resume(res: ServerResponse, eventId: string): ResumableStream | undefined {
      const [, number, seq] = /^(\d{1,9})-(\d{1,12})$/.exec(eventId) ?? [];
      const stream = streams.get(Number(number));
      if (stream === undefined || Number(seq) < stream.droppedSeq || Number(seq) > lastSeq) return undefined;
      // Its client has given the old connection up, whether that is known here or not.
      const before = stream.reader;
      const reader = read(stream, res);
      before?.destroy();
      for (const [at, one] of kept) if (one.stream === stream && at > Number(seq)) reader.write(one.text);
      if (stream.isOver) reader.end();
      return stream;
    },
    /** Streams that somebody reads. */
    readers: (): EventStream[] => [...streams.values()].flatMap(({ reader }) => reader ?? []),
    endAll(): void {
      for (const stream of streams.values()) stream.end();
    },
  };
}

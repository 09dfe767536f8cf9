import type { Readable } from "node:stream";
import { serializeMessage } from "@modelcontextprotocol/client";
import type { Transport } from "@modelcontextprotocol/client";
import { McpError } from "../connections/mcp-failure.ts";
import type { McpFailure } from "../connections/mcp-failure.ts";
import type { ProxyEnvironment } from "../environment.ts";
import type { StdioServerSpec } from "../server-spec.ts";
import { createMessageLines } from "./message-lines.ts";
import { startProgram } from "./program.ts";
import type { Program, ProgramHost } from "./program.ts";
import { createTextTail } from "./text-tail.ts";
import type { TextTail } from "./text-tail.ts";

export type StdioLimits = {
  maxMessageBytes: number;
  /** Written and not yet taken by the program. */
  maxQueuedBytes: number;
  /** What we take from it, on average; above that its pipe fills and it waits. */
  maxBytesPerSecond: number;
  maxMessagesPerSecond: number;
  /** The end of what it says on stderr, kept for its owner to read. */
  stderrBytes: number;
};

export const defaultStdioLimits: StdioLimits = {
  maxMessageBytes: 32 * 1024 * 1024,
  maxQueuedBytes: 32 * 1024 * 1024,
  maxBytesPerSecond: 64 * 1024 * 1024,
  maxMessagesPerSecond: 2_000,
  stderrBytes: 64 * 1024,
};

export type StdioTransport = Transport & {
  /** The end of its stderr, and of what it wrote to stdout that was no message. Readable also after it ended. */
  stderrTail: () => string;
  /** Why it is over: a crash, a flood, too large a message; undefined while it runs and after `close`. */
  failure: () => McpFailure | undefined;
  /** The process, and the id of its group. */
  pid: () => number | undefined;
};

/**
 * A program as an MCP transport. Starts nothing before `start`, and nothing at all without the approval that
 * `startProgram` asks for. Memory stays within the limits whatever the program does; `close` leaves no process behind.
 * The tail may be shared by the lives of one server, so that the words of the last crash stay readable.
 */
export function createStdioTransport(options: {
  spec: StdioServerSpec;
  approval: string | undefined;
  host: ProgramHost;
  limits?: Partial<StdioLimits>;
  tail?: TextTail;
  /** Nothing more is read from the program until this resolves: whoever gets its messages cannot take more. */
  untilReady?: () => Promise<void> | undefined;
}): StdioTransport {
  const limits = { ...defaultStdioLimits, ...options.limits };
  const { environment } = options.host;
  const tail = options.tail ?? createTextTail(limits.stderrBytes);
  const lines = createMessageLines(limits.maxMessageBytes, (line) => tail.append(`${line.slice(0, 2_000)}\n`));
  let program: Program | undefined;
  let failure: McpFailure | undefined;
  let isClosing = false;
  let isOver = false;

  function fail(reason: McpFailure): void {
    if (isClosing || isOver) return;
    failure ??= reason;
    void program?.end();
  }

  async function followEnd(running: Program): Promise<void> {
    const end = await running.ended;
    if (!isClosing) failure ??= { code: "mcp.crashed", ...end };
    await running.end();
    isOver = true;
    transport.onclose?.();
  }

  const transport: StdioTransport = {
    async start() {
      if (program !== undefined) throw new Error("a stdio transport starts once");
      const running = await startProgram(options.spec, options.approval, options.host);
      program = running;
      void followEnd(running);
      void drain(running.stderr, environment, limits, async (chunk) => (tail.append(chunk), 0));
      void drain(running.stdout, environment, limits, async (chunk) => {
        if (isClosing || failure !== undefined) return 0;
        const messages = lines.push(chunk);
        for (const message of messages) transport.onmessage?.(message);
        await options.untilReady?.();
        return messages.length;
      }).catch((error: unknown) => {
        fail(error instanceof McpError ? error.failure : { code: "mcp.bad_response", detail: "unreadable output" });
      });
      if (isClosing) await running.end();
    },
    async send(message) {
      if (program === undefined || isClosing || isOver || failure !== undefined) {
        throw new McpError(failure ?? { code: "mcp.closed" });
      }
      const { stdin } = program;
      if (stdin.writableLength > limits.maxQueuedBytes) {
        fail({ code: "mcp.flooded", what: "input" });
        throw new McpError({ code: "mcp.flooded", what: "input" });
      }
      stdin.write(serializeMessage(message));
    },
    async close() {
      isClosing = true;
      await program?.end();
      if (program === undefined) transport.onclose?.();
    },
    stderrTail: () => tail.read(),
    failure: () => failure,
    pid: () => program?.pid,
  };
  return transport;
}

/** Hands on what a program writes, chunk by chunk, and reads no faster than the limits allow. Ends with the stream. */
async function drain(
  stream: Readable,
  { elapsedMs, wait }: ProxyEnvironment,
  { maxBytesPerSecond, maxMessagesPerSecond }: StdioLimits,
  take: (chunk: Uint8Array) => Promise<number>,
): Promise<void> {
  let secondFromMs = elapsedMs();
  let usedShare = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      usedShare += (await take(chunk)) / maxMessagesPerSecond + chunk.byteLength / maxBytesPerSecond;
      const sinceMs = elapsedMs() - secondFromMs;
      if (usedShare >= 1 && sinceMs < 1_000 * usedShare) await wait(1_000 * usedShare - sinceMs);
      if (sinceMs >= 1_000 || usedShare >= 1) {
        usedShare = 0;
        secondFromMs = elapsedMs();
      }
    }
  } catch (error) {
    if (error instanceof McpError) throw error;
    // The pipe broke because the program ended; that is told by its exit.
  }
}

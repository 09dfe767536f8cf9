import { deserializeMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { McpError } from "../connections/mcp-failure.ts";

export type MessageLines = {
  /**
   * The messages that this piece of output completes; lines that are none go to `onNoise`.
   *
   * @throws McpError `mcp.too_large` when a line passes `maxMessageBytes`.
   */
  push: (chunk: Uint8Array) => JSONRPCMessage[];
};

const newline = 10;

/** One JSON-RPC message per line (2025-11-25 basic/transports, stdio). Holds at most one unfinished line. */
export function createMessageLines(maxMessageBytes: number, onNoise: (line: string) => void): MessageLines {
  let pieces: Uint8Array[] = [];
  let heldBytes = 0;

  function hold(piece: Uint8Array): void {
    heldBytes += piece.byteLength;
    if (heldBytes > maxMessageBytes) throw new McpError({ code: "mcp.too_large", maxBytes: maxMessageBytes });
    if (piece.byteLength > 0) pieces.push(piece);
  }

  function takeLine(): string {
    const line = Buffer.concat(pieces).toString("utf8").trim();
    pieces = [];
    heldBytes = 0;
    return line;
  }

  return {
    push(chunk) {
      const messages: JSONRPCMessage[] = [];
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        hold(chunk.subarray(start, end));
        start = end + 1;
        const line = takeLine();
        if (line === "") continue;
        try {
          messages.push(deserializeMessage(line));
        } catch {
          onNoise(line);
        }
      }
      hold(chunk.subarray(start));
      return messages;
    },
  };
}

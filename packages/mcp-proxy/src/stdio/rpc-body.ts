import type { IncomingMessage } from "node:http";
import { isJSONRPCRequest, parseJSONRPCMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, JSONRPCRequest } from "@modelcontextprotocol/client";

export type RpcBody = { ok: true; value: unknown } | { ok: false; status: 400 | 413 | 415; message: string };

/** Reads a JSON body, never more than `maxBytes` of it. */
export async function readRpcBody(req: IncomingMessage, maxBytes: number): Promise<RpcBody> {
  if (!/^application\/json\s*(;|$)/i.test(req.headers["content-type"] ?? "")) {
    return { ok: false, status: 415, message: "Content-Type must be application/json" };
  }
  const tooLarge = { ok: false, status: 413, message: `The body is larger than ${maxBytes} bytes` } as const;
  if (Number(req.headers["content-length"]) > maxBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { ok: false, status: 400, message: "Parse error" };
  }
}

const maxBatch = 50;

/** The messages in a body: one, or a batch of 2025-03-26. Undefined when any of it is no JSON-RPC. */
export function toMessages(body: unknown): JSONRPCMessage[] | undefined {
  const parts: unknown[] = Array.isArray(body) ? body : [body];
  if (parts.length === 0 || parts.length > maxBatch) return undefined;
  try {
    return parts.map(parseJSONRPCMessage);
  } catch {
    return undefined;
  }
}

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return isJSONRPCRequest(message);
}

import type { Encoder } from "@trpc/server/adapters/ws";

/**
 * Encodes what goes out on sockets. An event is the same object for every subscriber of this process, so its
 * JSON is made once and put into each one's envelope.
 */
export function createEventEncoder(): Encoder {
  const encoded = new WeakMap<object, string>();

  function textOf(event: object): string {
    const known = encoded.get(event);
    if (known !== undefined) return known;
    const text = JSON.stringify(event);
    encoded.set(event, text);
    return text;
  }

  return {
    encode(message: unknown) {
      const event = eventOf(message);
      if (!event) return JSON.stringify(message);
      const { id, jsonrpc, eventId, data } = event;
      const head = `{"id":${JSON.stringify(id)}${jsonrpc === undefined ? "" : `,"jsonrpc":${JSON.stringify(jsonrpc)}`}`;
      const eventText = JSON.stringify(eventId);
      return `${head},"result":{"type":"data","id":${eventText},"data":{"json":{"id":${eventText},"data":${textOf(data)}}}}}`;
    },
    decode: (text: unknown) => {
      if (typeof text !== "string") throw new TypeError("only text frames are understood");
      return JSON.parse(text) as unknown;
    },
  };
}

/** The parts of a tracked event's message, as tRPC's WebSocket adapter and our transformer build it; null for any other. */
function eventOf(message: unknown) {
  if (!isRecord(message) || !isRecord(message["result"])) return null;
  const { id, jsonrpc, result } = message;
  if (result["type"] !== "data" || typeof result["id"] !== "string" || !isRecord(result["data"])) return null;
  const body = result["data"]["json"];
  if (!isRecord(body) || body["id"] !== result["id"] || !isRecord(body["data"])) return null;
  return { id, jsonrpc, eventId: result["id"], data: body["data"] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

import { McpError } from "./mcp-failure.ts";

const newline = 10;
const carriageReturn = 13;

/** Counts the bytes of the event a stream is in the middle of. An empty line ends an event (HTML, server-sent events). */
function createEventMeter(): (chunk: Uint8Array) => number {
  let eventBytes = 0;
  let lineBytes = 0;
  let previous = 0;
  return (chunk) => {
    let largest = eventBytes;
    for (const byte of chunk) {
      eventBytes += 1;
      const isLineEnd = byte === newline || byte === carriageReturn;
      if (!isLineEnd) lineBytes += 1;
      else if (byte === newline && previous === carriageReturn) eventBytes -= 1;
      else {
        if (lineBytes === 0) eventBytes = 0;
        lineBytes = 0;
      }
      previous = byte;
      if (eventBytes > largest) largest = eventBytes;
    }
    return largest;
  };
}

/**
 * The same response, whose body fails with `mcp.too_large` once one event (of an event stream) or the whole body (of
 * anything else) passes `maxBytes`. The rest is not read. Nothing is buffered here.
 */
export function limitBody(response: Response, maxBytes: number, onFailure: (error: McpError) => void): Response {
  if (response.body === null) return response;
  const isEventStream = response.headers.get("content-type")?.trim().toLowerCase().startsWith("text/event-stream");
  const meterEvent = createEventMeter();
  let bodyBytes = 0;
  const limiter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bodyBytes += chunk.byteLength;
      if ((isEventStream === true ? meterEvent(chunk) : bodyBytes) > maxBytes) {
        const error = new McpError({ code: "mcp.too_large", maxBytes });
        onFailure(error);
        controller.error(error);
        return;
      }
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(limiter), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

/** At most `maxBytes` of an error's body; the rest is left unread, the connection with it. */
export async function readShortBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  for await (const chunk of response.body) {
    read += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (read >= maxBytes) break;
  }
  return text;
}

/** The same response; `onEnd` is called once when its body has ended, however it ended. */
export function watchBody(response: Response, onEnd: () => void): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      onEnd();
    },
    async cancel(reason) {
      onEnd();
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

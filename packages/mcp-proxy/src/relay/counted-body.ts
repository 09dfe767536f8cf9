import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";

/** A request body grew past what is passed on. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * A request's body to hand to an upstream, with its pace: what the upstream does not take is not read. A stream of its
 * own, since whoever sends it may destroy it, and the caller's connection is still needed for the answer. Fails with
 * `BodyTooLarge` past `maxBytes`.
 */
export function toCountedBody(request: IncomingMessage, maxBytes: number): Transform {
  let bytes = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new BodyTooLarge());
      else done(null, chunk);
    },
  });
  request.once("error", (error) => body.destroy(error));
  // An unsent rest is read and dropped, so that the caller gets around to reading the answer.
  body.once("close", () => request.resume());
  body.on("error", () => {});
  return request.pipe(body);
}

/** Smaller than a stream of its own would be. */
const maxWholeBytes = 64 * 1024;

/** Whether a request's body is announced to be so small that it is read whole before it goes up. */
export function isSmall({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"]) <= maxWholeBytes;
}

/** Calls back with a small body when all of it is there; never, when it breaks off. */
export function readWhole(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
}

/** Whether a request brings a body, by RFC 9112 §6.3. */
export function hasBody({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";

export type RawOptions = { method?: string; headers?: Record<string, string>; body?: string | Buffer };

/** A request on a connection of its own, with exactly these headers; the body is sent unless it is undefined. */
export function openRequest(url: string, { method = "POST", headers = {}, body }: RawOptions = {}): ClientRequest {
  const request = httpRequest(url, { method, headers, agent: false });
  request.on("error", () => {});
  if (body !== undefined || method !== "POST") request.end(body);
  return request;
}

export async function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** All bytes of a body; rejects when it breaks off. */
export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(response, "end");
  return Buffer.concat(chunks);
}

/** A whole exchange. */
export async function ask(url: string, options: RawOptions = {}) {
  const response = await responseOf(openRequest(url, { body: "{}", ...options }));
  const bytes = await bytesOf(response);
  return { status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString("utf8") };
}

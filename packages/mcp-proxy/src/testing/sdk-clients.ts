import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OlderClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OlderTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

type Place = { url: string; token: string };

/** A client of 2026-07-28 that speaks nothing older, signed in by bearer token. */
export async function openModernClient({ url, token }: Place) {
  const client = new Client({ name: "modern", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), signedIn(token)));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** A client of 2025-11-25 and before, of the SDK's first major version. */
export async function openOlderClient({ url, token }: Place) {
  const client = new OlderClient({ name: "older", version: "1" });
  const transport = new OlderTransport(new URL(url), signedIn(token));
  await client.connect(transport);
  return Object.assign(client, {
    sessionId: () => transport.sessionId,
    [Symbol.asyncDispose]: () => client.close(),
  });
}

const signedIn = (token: string) => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });

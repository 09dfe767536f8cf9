import type { Socket } from "node:net";
import { once } from "node:events";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { WebSocket } from "ws";
import type { Address } from "./create-test-server.ts";

export type RawSubscriber = {
  /** The TCP socket below, to be paused or reset. */
  socket: Socket;
  /** Resolves to the code the WebSocket closed with. */
  closed: Promise<number>;
  /** Resolves to the reason it closed with. */
  reason: Promise<string>;
  /** Says something more, in the words of tRPC. */
  send: (message: unknown) => void;
  end: () => void;
};

/** Follows one session on a WebSocket of its own without any library that would reconnect. Resolves once the server has started. */
export async function openRawSubscriber(
  { url, token }: Address,
  input: { sessionId: string; lastEventId?: string | null },
  onEvent: (eventId: string, event: FollowedEvent) => void = () => {},
  onAnswer: (id: unknown, type: string) => void = () => {},
): Promise<RawSubscriber> {
  let socket: Socket | undefined;
  const client = new WebSocket(`${url.replace(/^http/, "ws")}/trpc`, { headers: { authorization: `Bearer ${token}` } });
  client.once("upgrade", (response) => (socket = response.socket));
  client.on("error", () => {});
  const ended = once(client, "close");
  const closed = ended.then(([code]: unknown[]) => Number(code));
  const reason = ended.then(([, words]: unknown[]) => String(words));
  const { promise: started, resolve, reject } = Promise.withResolvers<void>();
  void closed.then((code) => reject(new Error(`the socket closed with ${code} before it was followed`)));
  client.on("message", (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString("utf8")) as {
      id: unknown;
      result?: { type: string; id: string; data: { json: { data: FollowedEvent } } };
    };
    if (result?.type === "started") resolve();
    if (id !== 1) onAnswer(id, result?.type ?? "error");
    else if (result?.type === "data") onEvent(result.id, result.data.json.data);
  });
  await Promise.race([once(client, "open"), started]);
  client.send(
    JSON.stringify({ id: 1, method: "subscription", params: { path: "sessions.events", input: { json: input } } }),
  );
  await started;
  if (!socket) throw new Error("there is no socket below");
  return {
    socket,
    closed,
    reason,
    send: (message) => client.send(JSON.stringify(message)),
    end: () => client.terminate(),
  };
}

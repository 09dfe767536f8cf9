import { expect, test } from "vitest";
import { createOpenInteractions } from "./open-interactions.ts";

type Handlers = { onData: (data: { interactions: object[] }) => void };

/** A server that counts who listens. */
function openServer() {
  const listening = new Set<Handlers>();
  const events = {
    subscribe(_input: undefined, handlers: Handlers) {
      listening.add(handlers);
      return { unsubscribe: () => listening.delete(handlers) };
    },
  };
  const client = { interactions: { events } } as unknown as Parameters<typeof createOpenInteractions>[0];
  const say = (...interactions: object[]) => {
    for (const { onData } of listening) onData({ interactions });
  };
  return { client, listening, say };
}

test("the server is listened to once, and only while somebody looks", () => {
  const { client, listening, say } = openServer();
  const open = createOpenInteractions(client);
  expect(listening.size).toBe(0);
  const leaveFirst = open.subscribe(() => {});
  const leaveSecond = open.subscribe(() => {});
  expect(listening.size).toBe(1);
  say({ interactionId: "i" });
  expect(open.get()).toEqual([{ interactionId: "i" }]);
  leaveFirst();
  expect(listening.size).toBe(1);
  leaveSecond();
  expect(listening.size).toBe(0);
  expect(open.get()).toEqual([]);
});

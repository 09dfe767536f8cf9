import { setImmediate as turn } from "node:timers/promises";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { isTrackedEnvelope } from "@trpc/server";
import { expect, test } from "vitest";
import type { Context } from "../context.ts";
import { callContext } from "../testing/call-context.ts";
import { createCallerFactory } from "../trpc.ts";
import type { ShowEvents } from "./session-events.ts";
import { sessionsRouter } from "./sessions.router.ts";

const mebibyte = 1024 * 1024;

/** A subscriber whose socket takes in what the test lets through. */
function openSubscriber() {
  const ended = new AbortController();
  const socket = { queuedBytes: 0, pauses: 0, dropped: 0 };
  const events: StreamEvent[] = [];
  let read = 0;
  async function* follow(_request: unknown, { as, taken }: ShowEvents<unknown>) {
    for (; !ended.signal.aborted; read++) {
      while (read >= events.length && !ended.signal.aborted) await turn();
      const event = events[read];
      if (event) yield as(`${read}`, event);
      await taken?.();
    }
  }
  const context: Context = {
    ...callContext("ann", { sessions: { follow } as never }),
    queuedBytes: () => socket.queuedBytes,
    pause: async () => {
      socket.pauses++;
      await turn();
    },
    dropSocket: () => {
      socket.dropped++;
    },
  };
  const caller = createCallerFactory(sessionsRouter)(context, { signal: ended.signal });
  return { caller, socket, events, ended, read: () => read };
}
const event = (messageId: string): StreamEvent => ({ type: "message.deleted", messageId });

test("events are read from the log only as fast as the subscriber takes them, and each reaches it once", async () => {
  const { caller, socket, events, ended, read } = openSubscriber();
  for (let index = 0; index < 20; index++) events.push(event(`${index}`));
  const seen: string[] = [];
  const done = (async () => {
    for await (const envelope of await caller.events({ sessionId: "s" })) {
      if (isTrackedEnvelope(envelope)) seen.push(envelope[0]);
      socket.queuedBytes += 0.6 * mebibyte;
    }
  })();
  while (socket.pauses < 50) await turn();
  expect(seen).toEqual(["0", "1"]);
  expect(read()).toBe(1);
  while (seen.length < 20) {
    socket.queuedBytes = Math.max(0, socket.queuedBytes - 0.3 * mebibyte);
    await turn();
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  expect(socket.dropped).toBe(0);
  socket.queuedBytes = 0;
  ended.abort();
  await done;
});

test("one that stays further behind than it may is dropped once, alone, and is told nothing more", async () => {
  const { caller, socket, events, ended } = openSubscriber();
  const other = openSubscriber();
  events.push(event("0"), event("1"));
  other.events.push(event("0"), event("1"));
  const seen: unknown[] = [];
  let isOver = false;
  const done = (async () => {
    for await (const envelope of await caller.events({ sessionId: "s" })) {
      seen.push(envelope);
      socket.queuedBytes += 5 * mebibyte;
    }
    isOver = true;
  })();
  const others: unknown[] = [];
  for await (const envelope of await other.caller.events({ sessionId: "s" })) {
    others.push(envelope);
    if (others.length === 2) break;
  }
  while (socket.dropped === 0) await turn();
  for (let left = 100; left > 0; left--) await turn();
  expect({ seen: seen.length, dropped: socket.dropped, isOver }).toEqual({ seen: 1, dropped: 1, isOver: false });
  ended.abort();
  await done;
  expect(seen).toHaveLength(1);
});

import type { Message, MessagePage } from "@chatee/shared/messages";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { expect, test } from "vitest";
import { createTranscriptStore } from "./transcript-store.ts";
import type { TranscriptSource } from "./transcript-store.ts";
import { message } from "./testing/message.ts";

const pageSize = 50;
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** A server with one session: pages of what it holds, and events that the test sends. */
function openSession(initial: Message[]) {
  let messages = initial;
  let events = 0;
  let follower: Parameters<TranscriptSource["follow"]>[1] | null = null;
  const followedFrom: string[] = [];
  let failing: Error | null = null;
  const flushes: (() => void)[] = [];
  const source: TranscriptSource = {
    async page(before, limit) {
      if (failing) throw failing;
      const end = before === null ? messages.length : Number(before);
      const start = Math.max(0, end - limit);
      const page: MessagePage = {
        messages: messages.slice(start, end),
        hasMore: start > 0,
        nextBefore: start > 0 ? String(start) : null,
        lastEventId: `e${events}`,
      };
      return page;
    },
    follow(lastEventId, handlers) {
      followedFrom.push(lastEventId);
      follower = handlers;
      return () => {
        follower = null;
      };
    },
    pause: settled,
    schedule: (flush) => void flushes.push(flush),
  };
  return {
    source,
    followedFrom,
    isFollowed: () => follower !== null,
    set: (next: Message[]) => (messages = next),
    fail: (error: Error | null) => (failing = error),
    send(...sent: FollowedEvent[]) {
      for (const event of sent) follower?.onEvent(`e${++events}`, event);
    },
    end: (problem: Parameters<NonNullable<typeof follower>["onEnd"]>[0]) => follower?.onEnd(problem),
    flush: () => flushes.splice(0).forEach((flush) => flush()),
  };
}

const delta = (messageId: string, offset: number, text: string): FollowedEvent => ({
  type: "message.delta",
  messageId,
  part: "content",
  offset,
  text,
});

async function open(messages: Message[]) {
  const session = openSession(messages);
  const told: FollowedEvent[] = [];
  const store = createTranscriptStore(session.source, (event) => told.push(event));
  store.start();
  await settled();
  return { session, store, told };
}

test("a page is folded on from its own last event, and only the growing message changes", async () => {
  const writing = message({ messageId: "a", seq: 2, status: "streaming", content: "t0" });
  const { session, store } = await open([message({ messageId: "u", seq: 1, role: "user" }), writing]);
  expect(session.followedFrom).toEqual(["e0"]);
  const { ids } = store.get();
  const user = store.message("u");
  let redraws = 0;
  let drawnMessages = 0;
  store.subscribe(() => redraws++);
  store.subscribeMessages(() => drawnMessages++);
  session.send(delta("a", 2, " t1"), delta("a", 5, " t2"));
  expect(store.message("a")?.content).toBe("t0");
  session.flush();
  expect(store.message("a")?.content).toBe("t0 t1 t2");
  expect(store.get().ids).toBe(ids);
  expect(store.message("u")).toBe(user);
  expect({ redraws, drawnMessages }).toEqual({ redraws: 0, drawnMessages: 1 });
  expect(store.get().streamingId).toBe("a");
});

test("a gap reads the page again, once, and what arrives meanwhile is kept", async () => {
  const { session, store } = await open([message({ messageId: "a", seq: 1, status: "streaming", content: "t0" })]);
  session.set([message({ messageId: "a", seq: 1, status: "streaming", content: "t0 t1 t2" })]);
  session.send(delta("a", 5, " t2"));
  session.flush();
  session.send(delta("a", 8, " t3"));
  session.flush();
  await settled();
  session.flush();
  expect(store.message("a")?.content).toBe("t0 t1 t2 t3");
  expect(session.followedFrom).toHaveLength(1);
});

test("a resync and a chosen branch replace what is shown by what is stored", async () => {
  const { session, store } = await open([message({ messageId: "old", seq: 1 })]);
  for (const event of [
    { type: "resync", reason: "pruned" },
    { type: "branch.selected", leafId: "new" },
  ] as const) {
    session.set([message({ messageId: `new ${event.type}`, seq: 2 })]);
    session.send(event);
    session.flush();
    await settled();
    expect(store.get().ids).toEqual([`new ${event.type}`]);
  }
});

test("a reader who loaded older messages keeps them when the page is read again", async () => {
  const all = Array.from({ length: 180 }, (_, index) => message({ messageId: `m${index}`, seq: index + 1 }));
  const { session, store } = await open(all);
  expect(store.get().ids).toHaveLength(pageSize);
  store.loadOlder();
  await settled();
  store.loadOlder();
  await settled();
  expect(store.get().ids[0]).toBe("m30");
  session.send({ type: "resync", reason: "unknown_id" });
  session.flush();
  await settled();
  expect(store.get().ids[0]).toBe("m30");
  expect(store.get().hasMore).toBe(true);
});

test("older messages come in front without doubles, and a failure to get them can be tried again", async () => {
  const all = Array.from({ length: 70 }, (_, index) => message({ messageId: `m${index}`, seq: index + 1 }));
  const { session, store } = await open(all);
  session.fail(new TypeError("fetch failed"));
  store.loadOlder();
  await settled();
  expect(store.get()).toMatchObject({ older: "failed", hasMore: true });
  session.fail(null);
  store.loadOlder();
  await settled();
  expect(store.get()).toMatchObject({ older: "idle", hasMore: false });
  expect(store.get().ids).toEqual(all.map(({ messageId }) => messageId));
});

test("when the server ends the stream it is followed again from the last event seen", async () => {
  const { session } = await open([message({ messageId: "a", seq: 1, status: "streaming" })]);
  session.send(delta("a", 0, "x"), delta("a", 1, "y"));
  session.end(null);
  await expect.poll(() => session.followedFrom).toEqual(["e0", "e2"]);
});

test("a session that is gone is not followed again, and is said to be gone", async () => {
  const { session, store } = await open([]);
  const problem = {
    kind: "failure",
    failure: { code: "session.not_found", sessionId: "s" },
    sentence: "There is no session s.",
  } as const;
  session.end(problem);
  await settled();
  expect(session.followedFrom).toHaveLength(1);
  expect(store.get().problem).toEqual(problem);
});

test("loading goes on by itself while the server is away, and stops at an answer that will not change", async () => {
  const session = openSession([message({ messageId: "a", seq: 1 })]);
  session.fail(new TypeError("fetch failed"));
  const store = createTranscriptStore(session.source, () => {});
  store.start();
  await settled();
  expect(store.get()).toMatchObject({ phase: "failed", problem: { kind: "network" } });
  session.fail(null);
  await expect.poll(() => store.get()).toMatchObject({ phase: "ready", ids: ["a"], problem: null });

  const refused = openSession([]);
  refused.fail(
    Object.assign(new Error("gone"), {
      data: { httpStatus: 404, failure: { code: "session.not_found", sessionId: "s" } },
    }),
  );
  const other = createTranscriptStore(refused.source, () => {});
  other.start();
  await settled();
  expect(other.get()).toMatchObject({ phase: "failed", problem: { kind: "failure" } });
  expect(refused.isFollowed()).toBe(false);
});

test("retries are told while they last, and everything that happens is passed on", async () => {
  const { session, store, told } = await open([message({ messageId: "a", seq: 1, status: "streaming" })]);
  const failure = { code: "llm.overloaded", provider: "demo", retryAfterMs: null } as const;
  session.send({ type: "run.retrying", runId: "r", attempt: 2, delayMs: 100, failure });
  session.flush();
  expect(store.get().retrying).toEqual({ attempt: 2, failure });
  session.send(delta("a", 0, "x"));
  session.flush();
  expect(store.get().retrying).toBeNull();
  expect(told.map(({ type }) => type)).toEqual(["run.retrying", "message.delta"]);
});

test("a stopped store takes nothing in any more and can be started again", async () => {
  const { session, store } = await open([message({ messageId: "a", seq: 1, status: "streaming" })]);
  store.stop();
  expect(session.isFollowed()).toBe(false);
  store.start();
  await settled();
  session.send(delta("a", 0, "x"));
  session.flush();
  expect(store.message("a")?.content).toBe("x");
});

test("who reads at the end keeps the newest page of many messages, and nothing that happens meanwhile is lost", async () => {
  const many = Array.from({ length: 300 }, (_, at) => message({ messageId: `m${at}`, seq: at + 1 }));
  const { session, store } = await open(many);
  store.loadOlder();
  await settled();
  expect(store.get().ids).toHaveLength(2 * pageSize);
  // So few are kept.
  store.trim();
  await settled();
  expect(store.get().ids).toHaveLength(2 * pageSize);
  store.loadOlder();
  await settled();

  store.trim();
  session.send({
    type: "message.created",
    message: message({ messageId: "new", seq: 301, parentId: "m299", status: "streaming" }),
  });
  session.send(delta("new", 0, "Here"));
  await settled();
  session.flush();
  expect(store.get().ids).toEqual([...many.slice(-pageSize).map(({ messageId }) => messageId), "new"]);
  expect(store.message("new")?.content).toBe("Here");
  expect(store.message("m0")).toBeUndefined();
  store.loadOlder();
  await settled();
  expect(store.get().ids).toHaveLength(2 * pageSize + 1);
});

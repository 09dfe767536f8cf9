import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createOutbox, hasArrived } from "./outbox.ts";
import type { Outbox, Sending } from "./outbox.ts";

const answer = { userMessageId: "u", messageId: "a", runId: "r" };
const badGateway = Object.assign(new Error("bad gateway"), { meta: { response: { status: 502 } } });
const busy = Object.assign(new Error("busy"), {
  data: { httpStatus: 409, failure: { code: "session.busy", sessionId: "s", runId: "r" } },
});

/** A server that fails as told, one answer per call; it remembers what it was asked. */
function openServer(...outcomes: Error[]) {
  const sent: { clientId?: string | undefined; content: string }[] = [];
  const created: string[] = [];
  const types: unknown[] = [];
  const next = async () => {
    const outcome = outcomes.shift();
    if (outcome !== undefined) throw outcome;
  };
  const client = {
    sessions: {
      create: {
        async mutate({ sessionId, sessionType }: { sessionId: string; sessionType?: string }) {
          created.push(sessionId);
          types.push(sessionType);
        },
      },
    },
    messages: {
      send: {
        async mutate(input: { clientId?: string; content: string }) {
          sent.push(input);
          await next();
          return answer;
        },
      },
    },
  };
  return { client: client as unknown as Parameters<typeof createOutbox>[0]["client"], sent, created, types };
}

const what = {
  sessionId: "s",
  isNewSession: false,
  content: "hello",
  llmConfigId: null,
  mcpServerIds: ["m"],
  attachments: [],
  afterSeq: 4,
};
const states = (outbox: Outbox) => outbox.get().map(({ state }) => state);

let saved: Map<string, string>;
beforeEach(() => {
  vi.useFakeTimers();
  saved = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => saved.get(key) ?? null,
    setItem: (key: string, value: string) => saved.set(key, value),
    removeItem: (key: string) => saved.delete(key),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a message whose answer got lost is sent again with the same client id, until the server answers", async () => {
  const { client, sent } = openServer(new TypeError("fetch failed"), badGateway);
  const outbox = createOutbox({ client, random: () => 0.5, now: () => 1_000 });
  outbox.send(what);
  await vi.advanceTimersByTimeAsync(0);
  expect(states(outbox)).toEqual(["waiting"]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(states(outbox)).toEqual(["sent"]);
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ clientId }) => clientId)).size).toBe(1);
  expect(outbox.get()[0]?.userMessageId).toBe("u");
});

test("what the server refuses waits for a person; sending it again is the same message", async () => {
  const { client, sent } = openServer(busy);
  const outbox = createOutbox({ client, random: () => 0.5, now: () => 1_000 });
  outbox.send(what);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states(outbox)).toEqual(["failed"]);
  expect(sent).toHaveLength(1);
  outbox.retry(sent[0]?.clientId ?? "");
  await vi.advanceTimersByTimeAsync(0);
  expect(states(outbox)).toEqual(["sent"]);
  expect(sent[1]?.clientId).toBe(sent[0]?.clientId);
});

test("a new session is made before its first message, under the id the page chose", async () => {
  const { client, created } = openServer();
  const outbox = createOutbox({ client, random: () => 0.5, now: () => 1_000 });
  outbox.send({ ...what, isNewSession: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(created).toEqual(["s"]);
  expect(states(outbox)).toEqual(["sent"]);
});

test("a temporary session is made as one, also by the page after a reload; what does not say so is an ordinary one", async () => {
  const away = openServer(...Array.from({ length: 20 }, () => new TypeError("fetch failed")));
  const outbox = createOutbox({ client: away.client, random: () => 0.5, now: () => 1_000 });
  outbox.send({ ...what, isNewSession: true, sessionType: "temporary" });
  await vi.advanceTimersByTimeAsync(0);
  expect(away.types).toEqual(["temporary"]);
  const kept = saved.get("chatee.outbox") ?? "";
  vi.clearAllTimers();

  const typesAfter = async (text: string) => {
    saved.set("chatee.outbox", text);
    const back = openServer();
    createOutbox({ client: back.client, random: () => 0.5, now: () => 60_000 });
    await vi.advanceTimersByTimeAsync(0);
    return back.types;
  };
  expect(await typesAfter(kept)).toEqual(["temporary"]);
  for (const other of ["", '"sessionType":"agent",', '"sessionType":7,'])
    expect(await typesAfter(kept.replace('"sessionType":"temporary",', other))).toEqual(["memory"]);
});

test("a reload goes on sending what was not confirmed, but not what was left behind long ago", async () => {
  const away = openServer(...Array.from({ length: 20 }, () => new TypeError("fetch failed")));
  createOutbox({ client: away.client, random: () => 0.5, now: () => 1_000 }).send(what);
  await vi.advanceTimersByTimeAsync(0);
  const kept = saved.get("chatee.outbox") ?? "";
  vi.clearAllTimers();

  const back = openServer();
  const soon = createOutbox({ client: back.client, random: () => 0.5, now: () => 60_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(states(soon)).toEqual(["sent"]);
  expect(back.sent[0]?.clientId).toBe(away.sent[0]?.clientId);
  expect(saved.has("chatee.outbox")).toBe(false);

  saved.set("chatee.outbox", kept);
  const late = openServer();
  const after = createOutbox({ client: late.client, random: () => 0.5, now: () => 3_600_000 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(states(after)).toEqual(["failed"]);
  expect(late.sent).toEqual([]);
});

test("what was queued in one tab and taken back there is not sent by another that restored it", async () => {
  const first = openServer(...Array.from({ length: 20 }, () => busy));
  const outbox = createOutbox({ client: first.client, random: () => 0.5, now: () => 1_000 });
  outbox.send({ ...what, content: "taken back" }, "after the answer");
  outbox.send({ ...what, content: "kept" }, "after the answer");
  await vi.advanceTimersByTimeAsync(0);
  const second = openServer(busy);
  const other = createOutbox({ client: second.client, random: () => 0.5, now: () => 2_000 });
  await vi.advanceTimersByTimeAsync(0);
  outbox.remove(outbox.get()[0]?.clientId ?? "");
  other.poke("s");
  await vi.advanceTimersByTimeAsync(0);
  expect(second.sent.map(({ content }) => content)).toEqual(["taken back", "kept"]);
  expect(other.get().map(({ content, state }) => `${content} ${state}`)).toEqual(["kept sent"]);
});

test("what is kept and cannot be read is forgotten", () => {
  for (const broken of ["{", '"text"', '[{"a":1}]', "[null]"]) {
    saved.set("chatee.outbox", broken);
    expect(createOutbox({ client: openServer().client, random: () => 0.5, now: () => 1_000 }).get()).toEqual([]);
  }
});

test("a message has arrived when its own is there, not when the same words stand further up", () => {
  const sending: Sending = {
    ...what,
    clientId: "c",
    createdAtMs: 0,
    state: "sending",
    problem: null,
    userMessageId: null,
  };
  const said = (messageId: string, seq: number, role = "user") => ({ messageId, seq, role, content: "hello" });
  expect(hasArrived(sending, [said("x", 3), said("y", 4)])).toBe(false);
  expect(hasArrived(sending, [said("x", 5, "assistant")])).toBe(false);
  expect(hasArrived(sending, [said("x", 5)])).toBe(true);
  expect(hasArrived({ ...sending, userMessageId: "mine" }, [{ ...said("mine", 9), content: "other" }])).toBe(true);
});

test("what is queued goes in order, each when the answer before it has ended, and not before", async () => {
  const { client, sent } = openServer(busy, busy);
  const outbox = createOutbox({ client, random: () => 0.5, now: () => 1_000 });
  outbox.send({ ...what, content: "first" }, "after the answer");
  outbox.send({ ...what, content: "second" }, "after the answer");
  await vi.advanceTimersByTimeAsync(0);
  expect(states(outbox)).toEqual(["queued", "queued"]);
  expect(sent.map(({ content }) => content)).toEqual(["first"]);
  outbox.poke("s");
  await vi.advanceTimersByTimeAsync(0);
  expect(states(outbox)).toEqual(["queued", "queued"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sent.map(({ content }) => content)).toEqual(["first", "first", "first", "second"]);
  expect(new Set(sent.map(({ clientId }) => clientId)).size).toBe(2);
});

test("what is taken off the queue is not sent, and what stood behind it moves up", async () => {
  const { client, sent } = openServer(busy);
  const outbox = createOutbox({ client, random: () => 0.5, now: () => 1_000 });
  outbox.send({ ...what, content: "no more" }, "after the answer");
  outbox.send({ ...what, content: "wanted" }, "after the answer");
  await vi.advanceTimersByTimeAsync(0);
  outbox.remove(outbox.get()[0]?.clientId ?? "");
  outbox.poke("s");
  await vi.advanceTimersByTimeAsync(0);
  expect(sent.map(({ content }) => content)).toEqual(["no more", "wanted"]);
});

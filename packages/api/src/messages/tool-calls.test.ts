import { openTestDatabase } from "@chatee/db/testing/engines";
import { DomainError } from "@chatee/shared/failure";
import { toolCallsOf } from "@chatee/shared/transcript";
import { expect, test } from "vitest";
import { call, createTestTools, ended, newSession, text } from "../testing/chat.ts";
import { finish } from "../testing/scripted-provider.ts";
import { openTestServices, watch } from "../testing/test-services.ts";
import type { Approve, Decision } from "./tools.ts";

const wantsTools = { ...finish, reason: "tool_calls" as const };
const never = () => new Promise<never>(() => {});
const open = () => openTestDatabase("sqlite");
const statusesOf = (seen: ReturnType<typeof watch>["seen"], toolCallId: string) =>
  seen.flatMap(({ event }) =>
    (event.type === "tool.started" || event.type === "tool.finished") && event.call.toolCallId === toolCallId
      ? [event.call.status]
      : [],
  );

/** Answers questions when the test does. */
function createPerson() {
  const questions: { toolCallId: string; answer: (decision: Decision) => void }[] = [];
  const approve: Approve = ({ toolCallId }) => new Promise((answer) => questions.push({ toolCallId, answer }));
  return { questions, approve };
}

test("a call waits for a person in sight of everyone, and runs only once they said yes", async () => {
  const calls: string[] = [];
  const { openTools } = createTestTools(({ toolCallId }) => {
    calls.push(toolCallId);
    return { output: "seen", isError: false };
  });
  const { questions, approve } = createPerson();
  await using app = await openTestServices(await open(), { openTools, approve });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const screen = watch(app, sessionId);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(call("yes"), call("no"), wantsTools);
  for (const id of ["yes", "no"])
    await screen.until(({ event }) => event.type === "tool.started" && event.call.toolCallId === id);
  expect(toolCallsOf(await services.messages.get(ownerId, sent.messageId)).map(({ status }) => status)).toEqual([
    "waiting",
    "waiting",
  ]);
  expect(calls).toEqual([]);
  for (const { toolCallId, answer } of questions) answer(toolCallId === "yes" ? "allow" : "deny");
  const second = await model.next();
  expect(second.request.messages.slice(-2)).toMatchObject([
    { toolCallId: "yes", output: "seen", isError: false },
    { toolCallId: "no", output: "The user did not allow this call.", isError: true },
  ]);
  second.answer("Done");
  const message = await ended(app, sent.messageId);
  expect(message.toolCalls).toMatchObject([{ status: "done" }, { status: "denied" }]);
  expect(calls).toEqual(["yes"]);
  await screen.until(({ event }) => event.type === "run.completed");
  expect(statusesOf(screen.seen, "yes")).toEqual(["waiting", "running", "done"]);
  await screen.stop();
});

test("stopping a turn that waits for a person ends it; the call was not made, and a late yes changes nothing", async () => {
  const { openTools, closed } = createTestTools(() => {
    throw new Error("must not run");
  });
  const { questions, approve } = createPerson();
  await using app = await openTestServices(await open(), { openTools, approve });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const screen = watch(app, sessionId);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(text("Let me. "), call("t"), wantsTools);
  await screen.until(({ event }) => event.type === "tool.started");
  expect(await services.messages.stop(ownerId, sent.messageId)).toEqual({ stopped: true });
  const message = await ended(app, sent.messageId);
  expect(message).toMatchObject({
    status: "cancelled",
    content: "Let me. ",
    toolCalls: [{ status: "denied", result: null }],
  });
  questions[0]?.answer("allow");
  await app.environment.wait(20);
  expect(await services.messages.get(ownerId, sent.messageId)).toEqual(message);
  expect(closed).toEqual([sessionId]);
  await screen.stop();
});

test("a tool that ignores its signal does not hold a stopped turn", async () => {
  const { openTools } = createTestTools(never);
  await using app = await openTestServices(await open(), { openTools });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const screen = watch(app, sessionId);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(call("t"), wantsTools);
  await screen.until(({ event }) => event.type === "tool.started");
  await services.messages.stop(ownerId, sent.messageId);
  expect(await ended(app, sent.messageId)).toMatchObject({ status: "cancelled", toolCalls: [{ status: "unknown" }] });
  await screen.stop();
});

test("a tool that is slow, fails or breaks is an answer to the model, not the end of the turn", async () => {
  const { openTools } = createTestTools(async ({ toolCallId }) => {
    if (toolCallId === "slow") return await never();
    if (toolCallId === "failing") throw new DomainError({ code: "tool.unavailable", name: "look" });
    if (toolCallId === "broken") throw new TypeError("secret details");
    return { output: "x".repeat(300_000), isError: false };
  });
  await using app = await openTestServices(await open(), { openTools, limits: { toolTimeoutMs: 200 } });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(call("slow"), call("failing"), call("broken"), call("long"), wantsTools);
  const second = await model.next();
  const outputs = second.request.messages.flatMap((message) => (message.role === "tool" ? [message.output] : []));
  const bug = app.reported.find(({ phrase }) => phrase === "a tool failed on a bug");
  expect(outputs.slice(0, 3)).toEqual([
    "The tool did not answer within 0.2 s.",
    "The tool look is not available.",
    `The tool failed. The log knows it as ${String(bug?.fields["errorId"])}.`,
  ]);
  expect(outputs[3]?.length).toBeLessThan(201_000);
  expect(outputs[3]).toContain("characters left out");
  second.answer("I see");
  const statuses = toolCallsOf(await ended(app, sent.messageId)).map(({ status }) => status);
  expect(statuses).toEqual(["error", "error", "error", "done"]);
});

test("a process that dies in a call leaves it unknown and one that waited not made; neither is ever made again", async () => {
  const made: string[] = [];
  const started = Promise.withResolvers<void>();
  const { openTools } = createTestTools(async ({ toolCallId }) => {
    made.push(toolCallId);
    if (toolCallId === "running") started.resolve();
    return toolCallId === "done" ? { output: "seen", isError: false } : await never();
  });
  const approve: Approve = ({ toolCallId }) => (toolCallId === "waiting" ? never() : "allow");
  const db = await open();
  const dead = await openTestServices(db, { openTools, approve });
  const sessionId = await newSession(dead);
  const screen = watch(dead, sessionId);
  const sent = await dead.services.messages.send(dead.ownerId, { sessionId, content: "Look" });
  (await dead.model.next()).say(text("Looking. "), call("done"), call("running"), call("waiting"), wantsTools);
  await started.promise;
  await screen.until(({ event }) => event.type === "tool.finished");
  await screen.until(({ event }) => event.type === "tool.started" && event.call.status === "waiting");
  await screen.stop();

  await using alive = await openTestServices(db, { openTools, approve });
  const { services, ownerId, model } = alive;
  const message = await ended(alive, sent.messageId);
  expect(message).toMatchObject({ status: "interrupted", content: "Looking. " });
  const calls = toolCallsOf(message).map(({ toolCallId, status, result }) => [toolCallId, status, result]);
  expect(calls).toEqual([
    ["done", "done", "seen"],
    ["running", "unknown", null],
    ["waiting", "denied", null],
  ]);
  await services.messages.continue(ownerId, { messageId: sent.messageId });
  const { request, answer } = await model.next();
  expect(request.messages.flatMap((one) => (one.role === "tool" ? [one.output] : []))).toEqual([
    "seen",
    "It is not known whether this call took effect.",
    "This call was not made.",
  ]);
  answer("Done");
  expect(made).toEqual(["done", "running"]);
  await dead[Symbol.asyncDispose]();
});

test("a call is not made when it could not be recorded first", async () => {
  const made: string[] = [];
  const { openTools } = createTestTools(({ toolCallId }) => {
    made.push(toolCallId);
    return { output: "", isError: false };
  });
  const db = await open();
  const dead = await openTestServices(db, { openTools });
  const sessionId = await newSession(dead);
  const sent = await dead.services.messages.send(dead.ownerId, { sessionId, content: "Look" });
  const first = await dead.model.next();
  await using alive = await openTestServices(db, { openTools });
  expect((await ended(alive, sent.messageId)).status).toBe("interrupted");
  first.say(call("late"), wantsTools);
  await dead[Symbol.asyncDispose]();
  expect(made).toEqual([]);
  expect((await alive.services.messages.get(alive.ownerId, sent.messageId)).toolCalls).toBeNull();
});

test("calls with one id are told apart, in one step and over several", async () => {
  const { openTools } = createTestTools(({ arguments: input }) => ({ output: JSON.stringify(input), isError: false }));
  await using app = await openTestServices(await open(), { openTools });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(call("call_0", 1), call("call_0", 2), call("", 3), wantsTools);
  const second = await model.next();
  const [asked, ...results] = second.request.messages.slice(1);
  const askedIds = asked?.role === "assistant" ? asked.toolCalls?.map(({ toolCallId }) => toolCallId) : [];
  expect(new Set(askedIds).size).toBe(3);
  expect(results.map((one) => (one.role === "tool" ? [one.toolCallId, one.output] : []))).toEqual(
    askedIds?.map((id, index) => [id, String(index + 1)]),
  );
  second.say(call("call_0", 4), wantsTools);
  (await model.next()).answer("Done");
  const calls = toolCallsOf(await ended(app, sent.messageId));
  expect(calls.map(({ result, status }) => [result, status])).toEqual(["1", "2", "3", "4"].map((one) => [one, "done"]));
  expect(new Set(calls.map(({ toolCallId }) => toolCallId)).size).toBe(4);
});

test("a step of very many calls makes a bounded number of them, a few at a time", async () => {
  let running = 0;
  let most = 0;
  const { openTools } = createTestTools(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return { output: "ok", isError: false };
  });
  await using app = await openTestServices(await open(), { openTools });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(...Array.from({ length: 100 }, (_, index) => call(`t${index}`)), wantsTools);
  (await model.next()).answer("Done");
  const statuses = toolCallsOf(await ended(app, sent.messageId)).map(({ status }) => status);
  expect(statuses.filter((status) => status === "done")).toHaveLength(64);
  expect(statuses.filter((status) => status === "denied")).toHaveLength(36);
  expect(most).toBe(8);
});

test("tools that do not open in time, or close on a bug, end the turn as they must and are closed all the same", async () => {
  const opening = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const late = createTestTools(() => ({ output: "", isError: false }));
  await using app = await openTestServices(await open(), {
    openTools: async (request) => {
      if (request.mcpServerIds.length > 0) {
        const set = await late.openTools(request);
        return {
          ...set,
          async [Symbol.asyncDispose]() {
            throw new Error("cannot close");
          },
        };
      }
      await opening.promise;
      return { ...(await late.openTools(request)), [Symbol.asyncDispose]: async () => closed.resolve() };
    },
  });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  await services.messages.stop(ownerId, sent.messageId);
  expect((await ended(app, sent.messageId)).status).toBe("cancelled");
  opening.resolve();
  await closed.promise;
  const next = await services.messages.send(ownerId, { sessionId, content: "Look", mcpServerIds: ["s"] });
  (await model.next()).answer("Yes");
  expect((await ended(app, next.messageId)).status).toBe("completed");
});

test("all results of a turn together fit into one message, while the model reads each as it is", async () => {
  const { openTools } = createTestTools(() => ({
    output: "x".repeat(150_000),
    isError: false,
    blocks: [{ type: "text", text: "y".repeat(400_000) }],
  }));
  await using app = await openTestServices(await open(), { openTools });
  const { services, ownerId, model } = app;
  const sessionId = await newSession(app);
  const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
  (await model.next()).say(...Array.from({ length: 20 }, (_, index) => call(`t${index}`)), wantsTools);
  const second = await model.next();
  const outputs = second.request.messages.flatMap((one) => (one.role === "tool" ? [one.output.length] : []));
  expect(outputs).toEqual(Array.from({ length: 20 }, () => 150_000));
  second.answer("Seen");
  const calls = toolCallsOf(await ended(app, sent.messageId));
  const results = calls.map(({ result }) => result?.length ?? 0);
  expect(results.reduce((sum, one) => sum + one, 0)).toBeLessThan(1_030_000);
  expect(Math.min(...results)).toBeGreaterThan(900);
  expect(calls.filter(({ blocks }) => blocks)).toHaveLength(7);
});

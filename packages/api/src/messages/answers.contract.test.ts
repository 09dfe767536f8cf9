import { describeEngines } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { call, codeOf, createTestTools, ended, newSession, say, text } from "../testing/chat.ts";
import { finish } from "../testing/scripted-provider.ts";
import { openTestServices } from "../testing/test-services.ts";
import type { TestServices } from "../testing/test-services.ts";

const tools = () =>
  createTestTools(({ arguments: input }) => ({ output: `saw ${JSON.stringify(input)}`, isError: false }));

async function newConfig({ services, ownerId }: TestServices, configId: string, enabled = true) {
  await services.llm.create(ownerId, {
    configId,
    name: configId,
    provider: "openai",
    model: configId,
    enabled,
    tags: [],
  });
  return configId;
}

describeEngines("an answer that repeats a turn", (open) => {
  test("uses the tools of that turn again, whichever way it is repeated", async () => {
    const { openTools, asked } = tools();
    await using app = await openTestServices(await open(), { openTools });
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const mcpServerIds = ["server-1", "server-2"];
    const sent = await services.messages.send(ownerId, { sessionId, content: "Look", mcpServerIds });
    (await model.next()).say(text("I "), { ...finish, reason: "length" });
    await ended(app, sent.messageId);
    const repeat = async (start: () => Promise<{ messageId: string }>) => {
      const { messageId } = await start();
      (await model.next()).answer("see");
      await ended(app, messageId);
      return messageId;
    };
    await repeat(() => services.messages.continue(ownerId, { messageId: sent.messageId }));
    const again = await repeat(() => services.messages.regenerate(ownerId, { messageId: sent.messageId }));
    await repeat(() => services.messages.regenerate(ownerId, { messageId: sent.userMessageId }));
    await repeat(() => services.messages.regenerate(ownerId, { messageId: again }));
    await repeat(() => services.messages.edit(ownerId, { messageId: sent.userMessageId, content: "Look there" }));
    expect(asked.map((request) => request.mcpServerIds)).toEqual(Array.from({ length: 6 }, () => mcpServerIds));
    await say(app, sessionId, "No tools now", text("Fine"));
    expect(asked.at(-1)?.mcpServerIds).toEqual([]);
  });

  test("asks the model that answered before; the one named instead; the session's where the old one is gone or off", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    for (const id of ["old", "new", "named"]) await newConfig(app, id);
    await services.sessions.update(ownerId, { sessionId, llmConfigId: "old" });
    const first = await say(app, sessionId, "Hi", text("Hello"));
    expect(first.request.model).toBe("old");
    await services.sessions.update(ownerId, { sessionId, llmConfigId: "new" });
    const modelOf = async (llmConfigId?: string) => {
      const { messageId } = await services.messages.regenerate(ownerId, { messageId: first.messageId, llmConfigId });
      const { request, answer } = await model.next();
      answer("Hello again");
      const message = await ended(app, messageId);
      expect(message.llmConfigId).toBe(request.model);
      return request.model;
    };
    expect(await modelOf()).toBe("old");
    expect(await modelOf("named")).toBe("named");
    await services.llm.update(ownerId, { configId: "old", enabled: false });
    expect(await modelOf()).toBe("new");
    await services.llm.remove(ownerId, "old");
    expect(await modelOf()).toBe("new");
    expect(await codeOf(modelOf("old"))).toBe("llm.config_not_found");
    expect((await services.sessions.get(ownerId, sessionId)).activeRunId).toBeNull();
  });

  test("is free when it is asked for again, also once the branch has moved on to it", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const { messageId, userMessageId } = await say(app, sessionId, "Hi", text("Hello"));
    const again = () => services.messages.regenerate(ownerId, { messageId, clientId: "r-1" });
    const accepted = await again();
    expect(await again()).toEqual(accepted);
    (await model.next()).answer("Hi!");
    await ended(app, accepted.messageId);
    expect(await again()).toEqual(accepted);
    const edit = () => services.messages.edit(ownerId, { messageId: userMessageId, content: "Hey", clientId: "e-1" });
    const edited = await edit();
    (await model.next()).answer("Hey!");
    await ended(app, edited.messageId);
    expect(await edit()).toEqual(edited);
    expect(model.requestCount()).toBe(3);
    const page = await services.messages.list(ownerId, { sessionId, limit: 10 });
    expect(page.messages.map(({ content }) => content)).toEqual(["Hey", "Hey!"]);
  });

  test("carries on after a tool's result without making the call again, and keeps both in the transcript", async () => {
    const { openTools } = tools();
    await using app = await openTestServices(await open(), { openTools });
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const sent = await services.messages.send(ownerId, { sessionId, content: "Look" });
    (await model.next()).say(text("Let me see. "), call("t1", { at: 1 }), { ...finish, reason: "tool_calls" });
    const second = await model.next();
    await services.messages.stop(ownerId, sent.messageId);
    expect(second.signal.aborted || (await ended(app, sent.messageId)).status === "cancelled").toBe(true);
    await ended(app, sent.messageId);

    const next = await services.messages.continue(ownerId, { messageId: sent.messageId });
    const third = await model.next();
    expect(third.request.messages).toMatchObject([
      { role: "user", content: "Look" },
      { role: "assistant", content: "Let me see. ", toolCalls: [{ toolCallId: "t1" }] },
      { role: "tool", toolCallId: "t1", output: 'saw {"at":1}' },
    ]);
    third.say(text("Once more. "), call("t1", { at: 2 }), { ...finish, reason: "tool_calls" });
    (await model.next()).answer("Done.");
    const message = await ended(app, next.messageId);
    expect(message).toMatchObject({
      content: "Let me see. Once more. Done.",
      toolCalls: [
        { toolCallId: "t1", step: 0, status: "done", contentOffset: 12 },
        { toolCallId: "t1-1-0", step: 1, status: "done", contentOffset: 23 },
      ],
    });

    await services.messages.send(ownerId, { sessionId, content: "And?" });
    expect((await model.next()).request.messages.map(({ role }) => role)).toEqual([
      "user",
      "assistant",
      "tool",
      "assistant",
      "tool",
      "assistant",
      "user",
    ]);
  });

  test("of a length-cut answer carries its text on, and does not stay cut", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const sessionId = await newSession(app);
    const { messageId, answer } = await say(app, sessionId, "Write", text("Half"), { ...finish, reason: "length" });
    expect(answer.ext).toEqual({ finishReason: "length" });
    const next = await services.messages.continue(ownerId, { messageId });
    const { request, say: speak } = await model.next();
    expect(request.messages.at(-1)?.role).toBe("user");
    speak(text(" and half"), finish);
    const whole = await ended(app, next.messageId);
    expect(whole).toMatchObject({ content: "Half and half", ext: { continuedFrom: messageId } });
    expect(whole.ext).not.toHaveProperty("finishReason");
    expect(await codeOf(services.messages.continue(ownerId, { messageId: next.messageId }))).toBe(
      "message.not_continuable",
    );
  });
});

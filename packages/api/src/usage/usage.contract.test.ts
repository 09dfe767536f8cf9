import { describeEngines } from "@chatee/db/testing/engines";
import { createUsageStore } from "@chatee/db/usage.store";
import { expect, it } from "vitest";
import { createCaller } from "../app-router.ts";
import { callContext } from "../testing/call-context.ts";
import { codeOf, counted, ended, newSession, say, text } from "../testing/chat.ts";
import { openTestServices, watch } from "../testing/test-services.ts";

describeEngines("usage", (open) => {
  it("enters each answer and each summary once with what it used, and leaves a cost out that nobody knows", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId, model } = app;
    const own = { provider: "openai-compatible", model: "own", apiUrl: "http://127.0.0.1:1/v1" } as const;
    const priced = await services.llm.create(ownerId, {
      ...own,
      name: "priced",
      enabled: true,
      tags: [],
      metadata: { pricing: { input: 2, cached: 1, output: 4 } },
    });
    const sessionId = await newSession(app);
    await services.sessions.update(ownerId, { sessionId, title: "Cats", llmConfigId: priced.configId });
    const end = counted(1_000, 100);
    end.usage = { ...end.usage, cachedInputTokens: 500, thinkingTokens: 60 };
    await say(app, sessionId, "hello", text("hi"), end);
    const summing = services.sessions.summarize(ownerId, sessionId, null, new AbortController().signal);
    (await model.next()).say(text("They greeted."), counted(50, 5));
    await summing;

    const unknown = await services.llm.create(ownerId, { ...own, model: "other", name: "o", enabled: true, tags: [] });
    const other = await newSession(app);
    await services.sessions.update(ownerId, { sessionId: other, llmConfigId: unknown.configId });
    await say(app, other, "hello", text("hi"), counted(7, 3));
    await services.sessions.delete(ownerId, other);

    const usage = createCaller(callContext(ownerId, services)).usage;
    const dayMs = 86_400_000;
    const range = { fromMs: Date.now() - 3 * dayMs, toMs: Date.now() + dayMs };
    const costUsd = (500 * 2 + 500 * 1 + 100 * 4 + 50 * 2 + 5 * 4) / 1_000_000;
    const { totals, models } = await usage.summary(range);
    expect(totals).toMatchObject({ entries: 3, inputTokens: 1_057, outputTokens: 108, unpriced: 1, estimated: 0 });
    expect(totals.costUsd).toBeCloseTo(costUsd, 9);
    expect(models.map((one) => [one.model, one.entries, one.cachedTokens, one.reasoningTokens])).toEqual([
      ["own", 2, 500, 60],
      ["other", 1, 0, 0],
    ]);
    expect(models[1]).toMatchObject({ costUsd: null, unpriced: 1 });
    expect((await usage.bySession(range)).sessions).toMatchObject([
      { sessionId, title: "Cats", entries: 2 },
      { sessionId: other, title: null, entries: 1, costUsd: null },
    ]);
    const offsetMinutes = 480;
    const { points } = await usage.series({ ...range, offsetMinutes, by: "provider" });
    expect(points.reduce((sum, point) => sum + point.tokens, 0)).toBe(1_165);
    for (const { dayStartMs, model: name } of points) {
      expect((dayStartMs + offsetMinutes * 60_000) % dayMs).toBe(0);
      expect(name).toBeNull();
    }
    const others = createCaller(callContext("bob", services)).usage;
    expect((await others.summary(range)).totals).toMatchObject({ entries: 0, costUsd: null });
    expect((await others.bySession(range)).sessions).toEqual([]);
    expect(await codeOf(usage.summary({ fromMs: 0, toMs: Date.now() }))).not.toBe("no failure");
  });

  it("estimates what a stopped answer used, and marks it", async () => {
    const db = await open();
    await using app = await openTestServices(db);
    const sessionId = await newSession(app);
    const screen = watch(app, sessionId);
    const { messageId } = await app.services.messages.send(app.ownerId, { sessionId, content: "hello" });
    (await app.model.next()).say(text("half"));
    await screen.until(({ event }) => event.type === "message.delta");
    await app.services.messages.stop(app.ownerId, messageId);
    await ended(app, messageId);
    await screen.stop();
    const [entry] = await createUsageStore(db).byModel(app.ownerId, { fromMs: 0, toMs: Date.now() + 1_000 });
    expect(entry).toMatchObject({ provider: "demo", entries: 1, estimated: 1, unpriced: 1 });
  });
});

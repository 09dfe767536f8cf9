import { describeEngines } from "@chatee/db/testing/engines";
import { chatGptConversation, claudeConversation } from "@chatee/shared/testing/archives";
import { expect, it } from "vitest";
import { createCaller } from "../app-router.ts";
import { callContext } from "../testing/call-context.ts";
import { newSession, say, text } from "../testing/chat.ts";
import { openTestServices } from "../testing/test-services.ts";

describeEngines("data", (open) => {
  it("takes in each conversation once, by owner, with its branches and its time, and says what it left out", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const data = createCaller(callContext(ownerId, services)).data;
    const archive = [JSON.stringify(chatGptConversation), "{}", JSON.stringify(claudeConversation)];
    const [first, second] = await Promise.all([
      data.import({ conversations: archive }),
      data.import({ conversations: archive }),
    ]);
    const outcomes = [...first.results, ...second.results].map(({ outcome }) => outcome).toSorted();
    expect(outcomes).toEqual(["imported", "imported", "present", "present", "skipped", "skipped"]);
    expect((await services.sessions.list(ownerId, { limit: 10 })).total).toBe(2);
    const [gpt] = first.results;
    if (!gpt || gpt.outcome === "skipped") throw new Error("not taken in");
    expect(gpt).toMatchObject({ title: chatGptConversation.title, left: 3 });
    const session = await services.sessions.get(ownerId, gpt.sessionId);
    expect(session).toMatchObject({ updatedAtMs: 1_700_000_007_250, createdAtMs: 1_700_000_000_500 });
    const page = await services.messages.list(ownerId, { sessionId: gpt.sessionId, limit: 50 });
    expect(page.messages.map(({ content }) => content.split("\n")[0])).toEqual([
      "What is 6 × 7?",
      "",
      "```python",
      "42",
      "[image]",
    ]);
    expect(page.messages[1]?.siblingIds).toHaveLength(2);

    const others = createCaller(callContext("bob", services)).data;
    const { results } = await others.import({ conversations: archive.slice(0, 1) });
    expect(results).toMatchObject([{ outcome: "imported" }]);

    await services.sessions.delete(ownerId, gpt.sessionId);
    const again = await data.import({ conversations: archive });
    expect(again.results.map(({ outcome }) => outcome)).toEqual(["imported", "skipped", "present"]);
  });

  it("gives everything out as one file, which brings back what was deleted and doubles nothing", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const sessionId = await newSession(app);
    await say(app, sessionId, "hello", text("hi 你好"));
    const kept = await newSession(app);
    await say(app, kept, "stay", text("here"));
    let file = "";
    for await (const piece of services.data.export(ownerId)) file += piece;
    const { sessions } = JSON.parse(file) as { sessions: unknown[] };
    const conversations = sessions.map((one) => JSON.stringify(one));
    await services.sessions.delete(ownerId, sessionId);
    const outcomes = async () =>
      (await services.data.import(ownerId, conversations)).map(({ outcome }) => outcome).toSorted();
    expect(await outcomes()).toEqual(["imported", "present"]);
    expect(await outcomes()).toEqual(["present", "present"]);
    const { sessions: listed } = await services.sessions.list(ownerId, { limit: 10 });
    expect(listed.map(({ previewText }) => String(previewText)).toSorted()).toEqual(["here", "hi 你好"]);
  });

  it("adds what was said since to a chat that was taken in before, once, and leaves what was done here", async () => {
    await using app = await openTestServices(await open());
    const { services, ownerId } = app;
    const at = (index: number) => new Date(1_700_000_000_000 + index * 1_000).toISOString();
    const said = (count: number, words = "said") => {
      const chat_messages = Array.from({ length: count }, (_, index) => ({
        uuid: `claude-${index}`,
        sender: index % 2 === 0 ? "human" : "assistant",
        text: `${words} ${index}`,
        created_at: at(index),
      }));
      return JSON.stringify({ uuid: "claude-grows", name: "It grows", created_at: at(0), chat_messages });
    };
    const take = async (text: string) => {
      const [result] = await services.data.import(ownerId, [text]);
      if (!result || result.outcome === "skipped") throw new Error("not taken in");
      return result;
    };
    const shown = async (sessionId: string) =>
      (await services.messages.list(ownerId, { sessionId, limit: 50 })).messages;
    const words = async (sessionId: string) => (await shown(sessionId)).map(({ content }) => content);

    const { sessionId } = await take(said(4));
    expect(await take(said(6, "later"))).toMatchObject({ outcome: "grown", sessionId, messages: 2 });
    const grown = ["said 0", "said 1", "said 2", "said 3", "later 4", "later 5"];
    expect(await words(sessionId)).toEqual(grown);
    expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({ messageCount: 6, previewText: "later 5" });
    expect(await services.messages.search(ownerId, { query: "later", limit: 10 })).toHaveLength(2);
    expect(await take(said(6))).toMatchObject({ outcome: "present", sessionId });
    expect(await take(said(4))).toMatchObject({ outcome: "present", sessionId });

    // What was removed here does not come back, and what was said here keeps the screen.
    const removed = (await shown(sessionId))[2];
    await services.messages.delete(ownerId, removed?.messageId ?? "");
    await say(app, sessionId, "and here", text("I see"));
    expect(await take(said(8))).toMatchObject({ outcome: "grown", messages: 2 });
    const now = await shown(sessionId);
    expect(now.map(({ content }) => content)).toEqual([...grown.toSpliced(2, 1), "and here", "I see"]);
    expect(now.at(-2)?.siblingIds).toHaveLength(2);
    await services.messages.selectBranch(ownerId, now.at(-2)?.siblingIds?.[1] ?? "");
    expect((await words(sessionId)).slice(-3)).toEqual(["later 5", "said 6", "said 7"]);
    expect(await take(said(8))).toMatchObject({ outcome: "present" });
  });
});

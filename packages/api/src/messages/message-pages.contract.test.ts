import { describeEngines } from "@chatee/db/testing/engines";
import { expect, it } from "vitest";
import { openTestServices } from "../testing/test-services.ts";

describeEngines("numbered pages of a session", (open) => {
  async function pages({ services, ownerId }: Awaited<ReturnType<typeof openTestServices>>, sessionId: string) {
    const seen: string[][] = [];
    for (let page = 1, last = 1; page <= last; page++) {
      const { messages, totalPages } = await services.messages.page(ownerId, { sessionId, page, pageSize: 2 });
      last = totalPages;
      seen.push(messages.map((message) => message.content));
    }
    return seen;
  }

  it("hold every message of the branch once, before and after one was deleted", async () => {
    await using test = await openTestServices(await open());
    const { services, ownerId } = test;
    const { sessionId } = await services.sessions.create(ownerId, { sessionType: "memory" });
    for (const content of ["1", "2", "3", "4", "5"]) {
      await services.messages.create(ownerId, { sessionId, messageId: `m${content}`, role: "user", content });
    }
    expect(await pages(test, sessionId)).toEqual([["4", "5"], ["2", "3"], ["1"]]);
    await services.messages.delete(ownerId, "m3");
    expect(await pages(test, sessionId)).toEqual([
      ["4", "5"],
      ["1", "2"],
    ]);
  });

  it("are empty past the end", async () => {
    await using test = await openTestServices(await open());
    const { services, ownerId } = test;
    const { sessionId } = await services.sessions.create(ownerId, { sessionType: "memory" });
    const page = await services.messages.page(ownerId, { sessionId, page: 1_000_000, pageSize: 200 });
    expect(page).toMatchObject({ messages: [], total: 0, totalPages: 0 });
  });
});

describeEngines("a page of a session", (open) => {
  it("says where its stream stood, also when nothing lies below its cursor", async () => {
    await using test = await openTestServices(await open());
    const { services, ownerId } = test;
    const { sessionId } = await services.sessions.create(ownerId, { sessionType: "memory" });
    const list = (before?: string) => services.messages.list(ownerId, { sessionId, limit: 2, before });
    const empty = await list();
    expect(empty).toMatchObject({ messages: [], hasMore: false, nextBefore: null });
    for (const content of ["1", "2"])
      await services.messages.create(ownerId, { sessionId, messageId: `m${content}`, role: "user", content });
    const full = await list();
    expect(full.messages.map((message) => message.content)).toEqual(["1", "2"]);
    expect(full.lastEventId).not.toBe(empty.lastEventId);
    expect(await list("m1")).toEqual({ ...empty, lastEventId: full.lastEventId });
    await using events = services.sessions.events({
      ownerId,
      sessionId,
      lastEventId: empty.lastEventId,
      signal: AbortSignal.timeout(10_000),
    });
    const { value } = await events.next();
    expect(value).toMatchObject({ event: { type: "message.created", message: { messageId: "m1" } } });
  });
});

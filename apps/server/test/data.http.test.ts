import { chatGptConversation } from "@chatee/shared/testing/archives";
import { expect, test } from "vitest";
import { createTestServer, fetchFrom, openClient, openTestDirectory } from "./create-test-server.ts";

type Restore = { isAvailable: boolean; waitingSince: number | null };

test("a backup comes out of a server at work, is checked on its way back in, and is what the next start serves", async () => {
  await using directory = await openTestDirectory();
  const options = { dataDirectory: directory.path };
  const conversations = [JSON.stringify(chatGptConversation)];
  {
    await using server = await createTestServer(options);
    await using api = openClient(server);
    const ask = fetchFrom(server);
    await api.client.data.import.mutate({ conversations });
    const config = {
      name: "kept",
      provider: "openai",
      model: "gpt-5",
      apiKey: "sk-never-in-a-backup-in-clear",
    } as const;
    await api.client.llm.create.mutate(config);
    const answer = await ask("/data/backup");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="chatee-backup-[\d-]+\.db"$/);
    const backup = await answer.arrayBuffer();
    expect(Number(answer.headers.get("content-length"))).toBe(backup.byteLength);
    expect(Buffer.from(backup).includes(config.apiKey)).toBe(false);
    await api.client.sessions.create.mutate({ title: "after the backup" });

    const send = (body: ArrayBuffer | string) =>
      ask("/data/restore", { method: "POST", body, headers: { "content-type": "application/octet-stream" } });
    const refused = await send("no database");
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("no SQLite database");
    const state = async () => (await (await ask("/data/restore")).json()) as Restore;
    expect(await state()).toEqual({ isAvailable: true, waitingSince: null });
    const taken = await send(backup);
    expect([taken.status, await taken.json()]).toMatchObject([201, { sessions: 1, messages: 6 }]);
    expect((await state()).waitingSince).not.toBeNull();
    expect((await ask("/data/restore", { method: "DELETE" })).status).toBe(204);
    expect((await state()).waitingSince).toBeNull();
    expect((await send(backup)).status).toBe(201);
    expect((await api.client.sessions.list.query({ limit: 9 })).total).toBe(2);
    for (const path of ["/data/backup", "/data/export"])
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(401);
  }
  await using server = await createTestServer(options);
  await using api = openClient(server);
  const { sessions } = await api.client.sessions.list.query({ limit: 9 });
  expect(sessions.map(({ title }) => title)).toEqual([chatGptConversation.title]);
  const exported = await fetchFrom(server)("/data/export");
  expect(await exported.json()).toMatchObject({ exportType: "sessions", sessions: [{ exportType: "session" }] });
  expect((await api.client.data.import.mutate({ conversations })).results).toMatchObject([{ outcome: "present" }]);
});

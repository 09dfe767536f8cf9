// node apps/server/test/screenshot.ts: makes docs/screenshot.png from a fresh server with a few sessions in it. Build first.
import { fileURLToPath } from "node:url";
import { freePort } from "@chatee/tooling/private-process";
import { openChromium, openSignedIn, untilStatus } from "./chat-page.ts";
import { openClient, openTestDirectory } from "./create-test-server.ts";
import type { TestClient } from "./create-test-server.ts";
import { startServerProcess } from "./server-process.ts";

type Api = TestClient["client"];

const picture = fileURLToPath(new URL("../../../docs/screenshot.png", import.meta.url));
const startedAtMs = Date.now() - 60 * 60_000;

const answer = `Yes, and nothing has to be copied by hand. Move it in three steps:

1. **Write both** for a week: write to the new table, read from the old one
2. **Compare** every night; the job below counts what differs
3. **Switch reads** once the count has been zero for three nights

\`\`\`sql
select count(*) as differing
from orders_v1 old
join orders_v2 new using (order_id)
where old.total_cents <> new.total_cents;
\`\`\`

| Step | Can be undone | Takes |
| --- | --- | --- |
| Write both | at once | 7 days |
| Compare | nothing to undo | 2 min a night |
| Switch reads | at once | 1 minute |`;

const others: [title: string, question: string, answer: string][] = [
  ["Names for a small tea shop", "Five names, please.", "Steep & Sit, The Second Pot, Leafhouse, Low Boil, Unhurried."],
  ["把会议纪要整理成待办", "请整理成待办清单。", "**待办**：周三前确认预算；给供应商回信；更新排期。"],
  [
    "Why does this regex backtrack?",
    "Explain it to me.",
    "Two quantifiers can match the same text, so each tries all splits.",
  ],
  ["Packing list for Lofoten in March", "What do I forget?", "Crampons, a dry bag, and a thermos that seals."],
  ["Review: retry with back-off", "Is this right?", "Nearly: without jitter all clients come back at the same moment."],
];

async function importSession(api: Api, title: string, messages: Record<string, unknown>[]): Promise<string> {
  const { sessionId } = await api.sessions.import.mutate({
    version: "1.0",
    exportType: "session",
    session: { title },
    messages: messages.map((message, index) => ({
      messageId: `m${index}`,
      parentId: index === 0 ? null : `m${index - 1}`,
      createdAtMs: startedAtMs + index * 1_000,
      ...message,
    })),
  } as Parameters<Api["sessions"]["import"]["mutate"]>[0]);
  return sessionId;
}

async function fill(api: Api): Promise<string> {
  await api.llm.create.mutate({ name: "Claude", provider: "anthropic", model: "claude-sonnet-4-5", apiKey: "sk-none" });
  for (const [title, question, said] of others.toReversed()) {
    await importSession(api, title, [
      { role: "user", content: question },
      { role: "assistant", content: said },
    ]);
  }
  return await importSession(api, "Moving the orders table without downtime", [
    {
      role: "user",
      content: "Can we move the orders to the new table without downtime? Check how many there are first.",
    },
    {
      role: "assistant",
      thinking: "The size decides whether a dual write is worth it. Count first.",
      content: answer,
      model: "claude-sonnet-4-5",
      tokenCount: 412,
      toolCalls: [
        {
          toolCallId: "call-1",
          name: "postgres_query",
          arguments: { sql: "select count(*) from orders_v1" },
          status: "done",
          result: "2418307",
          step: 0,
          contentOffset: 0,
          thinkingOffset: 63,
          startedAtMs,
          finishedAtMs: startedAtMs + 84,
        },
      ],
    },
  ]);
}

await using directory = await openTestDirectory();
await using server = await startServerProcess({ dataDirectory: directory.path, port: await freePort() });
await using api = openClient(server);
const sessionId = await fill(api.client);
await using chromium = await openChromium();
const context = await chromium.openContext({ width: 1280, height: 876, pixelRatio: 1.5 });
const { page } = await openSignedIn(context, server);
await page.goto(`${server.url}/#/sessions/${sessionId}`);
await untilStatus(page, "completed");
// The code gets its colors when its grammar has been fetched.
await page.locator("figure code span[style]").first().waitFor();
await page.screenshot({ path: picture });
await context.close();

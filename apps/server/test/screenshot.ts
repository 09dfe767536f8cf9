// node apps/server/test/screenshot.ts: makes the pictures of the README from a database that it fills. Build first.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSqlite } from "@chatee/db/dialect/open-sqlite";
import { createUsageStore } from "@chatee/db/usage.store";
import { localOwnerId } from "@chatee/shared/ids";
import { freePort } from "@chatee/tooling/private-process";
import type { BrowserContext, Page } from "playwright-core";
import { migrationsFolder } from "../src/assets.ts";
import { openChromium, openSignedIn, untilStatus } from "./chat-page.ts";
import { openClient, openTestDirectory } from "./create-test-server.ts";
import type { TestClient } from "./create-test-server.ts";
import { startServerProcess } from "./server-process.ts";

type Api = TestClient["client"];

const pictures = fileURLToPath(new URL("../../../docs/pictures", import.meta.url));
const dayMs = 86_400_000;
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
      ext: { thinkingSpans: [{ offset: 0, ms: 3_200 }] },
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

/** Of thirty days, three models and the sessions given. */
async function fillUsage(file: string, sessionIds: string[]): Promise<void> {
  await using db = await openSqlite({ file, migrationsFolder: migrationsFolder("sqlite"), bootId: randomUUID() });
  const store = createUsageStore(db);
  const models = [
    { provider: "anthropic", model: "claude-sonnet-4-5", usdPerToken: 6e-6, share: 9 },
    { provider: "openai", model: "gpt-5-mini", usdPerToken: 9e-7, share: 6 },
    { provider: "gemini", model: "gemini-2.5-flash", usdPerToken: 8e-7, share: 4 },
  ];
  for (let day = 0; day < 30; day++)
    for (const [index, { provider, model, usdPerToken, share }] of models.entries()) {
      const weekday = day % 7 < 2 ? 0.25 : 1;
      const inputTokens = Math.round(share * weekday * (3_000 + ((day * 7 + index * 11) % 13) * 900));
      const outputTokens = Math.round(inputTokens / 3);
      await db.write(
        store.insert({
          usageId: randomUUID(),
          ownerId: localOwnerId,
          purpose: "answer",
          sessionId: sessionIds[(day + index) % sessionIds.length] ?? "",
          messageId: randomUUID(),
          provider,
          model,
          llmConfigId: null,
          inputTokens,
          outputTokens,
          cachedTokens: Math.round(inputTokens / 4),
          reasoningTokens: Math.round(outputTokens / 5),
          estimated: false,
          costNanoUsd: Math.round((inputTokens + outputTokens) * usdPerToken * 1e9),
          priceSource: "2025-11-01",
          atMs: Date.now() - day * dayMs,
        }),
      );
    }
}

await using directory = await openTestDirectory();
const place = { dataDirectory: directory.path, port: await freePort() };
let sessionId = "";
{
  await using first = await startServerProcess(place);
  await using api = openClient(first);
  sessionId = await fill(api.client);
  const { sessions } = await api.client.sessions.list.query({ limit: 10 });
  await first.stop();
  await fillUsage(
    join(directory.path, "chatee.db"),
    sessions.map((session) => session.sessionId),
  );
}
await using server = await startServerProcess(place);
await using chromium = await openChromium();

async function picture(
  name: string,
  look: NonNullable<Parameters<typeof chromium.openContext>[0]>,
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  const context: BrowserContext = await chromium.openContext({ pixelRatio: 1.5, ...look });
  const { page } = await openSignedIn(context, server);
  await prepare(page);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
  await context.close();
}
async function openSession(page: Page): Promise<void> {
  await page.goto(`${server.url}/#/sessions/${sessionId}`);
  await untilStatus(page, "completed");
  // The code gets its colors when its grammar has been fetched.
  await page.locator("figure code span[style]").first().waitFor();
}

await picture("chat", { width: 1280, height: 876 }, openSession);
await picture("search", { width: 1280, height: 800, colorScheme: "dark" }, async (page) => {
  await openSession(page);
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Command palette" }).waitFor();
  await page.keyboard.type("待办");
  await page.getByRole("option").filter({ hasText: "供应商" }).waitFor();
});
await picture("usage", { width: 1280, height: 800 }, async (page) => {
  await page.goto(`${server.url}/#/settings/usage`);
  await page.getByRole("img", { name: "Tokens per day" }).waitFor();
});
await picture("phone", { width: 390, height: 800, isPhone: true, colorScheme: "dark" }, openSession);

import { expect, it } from "vitest";
import { insert } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";
import { sessionRow } from "./testing/rows.ts";
import { createUsageStore } from "./usage.store.ts";
import type { UsageRow } from "./usage.store.ts";
import { isUniqueViolation } from "./violations.ts";

const dayMs = 86_400_000;
const always = { fromMs: 0, toMs: 100 * dayMs };
const entry = (usageId: string, set: Partial<UsageRow> = {}): UsageRow => ({
  usageId,
  ownerId: "ann",
  atMs: dayMs,
  purpose: "answer",
  sessionId: "s1",
  messageId: usageId,
  provider: "openai",
  model: "gpt-5",
  llmConfigId: null,
  inputTokens: 10,
  outputTokens: 5,
  cachedTokens: 0,
  reasoningTokens: 0,
  estimated: false,
  costNanoUsd: 1_500,
  priceSource: "own",
  ...set,
});

describeEngines("usage store", (open) => {
  it("adds up by model and by session, of one owner and within the range", async () => {
    const db = await open();
    const usage = createUsageStore(db);
    await db.write(
      insert(db.tables.sessions, sessionRow("s1", { ownerId: "ann", title: "小猫" })),
      usage.insert(entry("a")),
      usage.insert(entry("b", { cachedTokens: 4, reasoningTokens: 2, estimated: true })),
      usage.insert(entry("c", { model: "unknown", costNanoUsd: null, priceSource: null, sessionId: "gone" })),
      usage.insert(entry("late", { atMs: always.toMs })),
      usage.insert(entry("other", { ownerId: "bob" })),
    );
    const known = { entries: 2, inputTokens: 20, outputTokens: 10, cachedTokens: 4, reasoningTokens: 2 };
    const knownRest = { costNanoUsd: 3_000, unpriced: 0, estimated: 1 };
    const rest = { entries: 1, inputTokens: 10, outputTokens: 5, cachedTokens: 0, reasoningTokens: 0 };
    const unknownRest = { costNanoUsd: 0, unpriced: 1, estimated: 0 };
    expect(await usage.byModel("ann", always)).toEqual([
      { provider: "openai", model: "gpt-5", ...known, ...knownRest },
      { provider: "openai", model: "unknown", ...rest, ...unknownRest },
    ]);
    expect(await usage.bySession("ann", always, 10)).toEqual([
      { sessionId: "s1", title: "小猫", ...known, ...knownRest },
      { sessionId: "gone", title: null, ...rest, ...unknownRest },
    ]);
    expect(await usage.bySession("ann", always, 1)).toHaveLength(1);
  });

  it("tells days by the clock that is asked for, also west of Greenwich and beyond 32 bits", async () => {
    const db = await open();
    const usage = createUsageStore(db);
    const big = 3_000_000_000;
    await db.write(
      usage.insert(entry("evening", { atMs: 10 * dayMs - 1, inputTokens: big, costNanoUsd: big * 1_000 })),
      usage.insert(entry("morning", { atMs: 10 * dayMs })),
    );
    const days = async (hours: number) =>
      (await usage.byDay("ann", always, hours * 3_600_000)).map(({ day, inputTokens }) => [day, inputTokens]);
    expect(await days(0)).toEqual([
      [9, big],
      [10, 10],
    ]);
    expect(await days(8)).toEqual([[10, big + 10]]);
    expect(await days(-5)).toEqual([[9, big + 10]]);
    expect((await usage.byDay("ann", always, 0))[0]?.costNanoUsd).toBe(big * 1_000);
  });

  it("takes an entry once", async () => {
    const db = await open();
    const usage = createUsageStore(db);
    await db.write(usage.insert(entry("a")));
    const again = await db.write(usage.insert(entry("a"))).catch((error: unknown) => error);
    expect(isUniqueViolation(again)).toBe(true);
  });
});

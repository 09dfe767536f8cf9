import type { Database } from "@chatee/db/database";
import { describeEngines } from "@chatee/db/testing/engines";
import type { StreamEvent } from "@chatee/shared/stream-event";
import { expect, test } from "vitest";
import { openTestRuns } from "./testing/test-runs.ts";
import { createUpkeep } from "./upkeep.ts";

function openUpkeep(db: Database, work: { expired?: () => Promise<boolean>; backlog?: () => Promise<null> } = {}) {
  const runs = openTestRuns(db);
  const upkeep = createUpkeep({
    db,
    log: runs.log,
    runs: runs.runs,
    fileService: { tidy: async () => {} },
    sessions: { removeExpired: work.expired ?? (async () => false) } as never,
    search: { indexBacklog: work.backlog ?? (async () => null) } as never,
    environment: runs.environment,
  });
  return { ...runs, upkeep };
}

describeEngines("upkeep", (open) => {
  test("old events go, but never what a run still needs to be told whole", async () => {
    const db = await open();
    await using here = openUpkeep(db);
    const events = (count: number): StreamEvent[] =>
      Array.from({ length: count }, (_, index) => ({ type: "message.deleted", messageId: `${index}` }));
    const fill = async (streamId: string, count: number) => {
      for (let left = count; left > 0; left -= 500)
        await db.write(...here.log.append(streamId, events(Math.min(500, left))));
    };
    const [writing, ended, short] = [{ ...here.claimed(), startSeq: 100 }, here.claimed(), here.claimed()];
    await db.write(here.runs.insert(writing));
    await fill(writing.streamId, 5_500);
    await fill(ended.streamId, 5_500);
    await fill(short.streamId, 4_000);
    await here.upkeep.round();
    expect(await here.log.bounds(writing.streamId)).toEqual({ headSeq: 5_500, tailSeq: 100 });
    expect(await here.log.bounds(ended.streamId)).toEqual({ headSeq: 5_500, tailSeq: 3_500 });
    expect(await here.log.bounds(short.streamId)).toEqual({ headSeq: 4_000, tailSeq: 0 });
    const [first] = await here.log.read(writing.streamId, 0, 1);
    expect(first?.seq).toBe(101);
    await db.write(here.runs.finish({ runId: writing.runId, fence: 1 }, { status: "completed", atMs: 1 }));
    await here.upkeep.round();
    expect((await here.log.bounds(writing.streamId)).tailSeq).toBe(3_500);
  });

  test("a round that fails is tried again, and stopping waits for the one that is under way", async () => {
    let rounds = 0;
    let isWorking = false;
    const second = Promise.withResolvers<void>();
    const hold = Promise.withResolvers<void>();
    await using here = openUpkeep(await open(), {
      async expired() {
        rounds++;
        if (rounds === 1) throw new Error("the database went away");
        isWorking = true;
        second.resolve();
        await hold.promise;
        isWorking = false;
        return false;
      },
    });
    const waits: number[] = [];
    here.environment.wait = async (ms) => void waits.push(ms);
    here.upkeep.start();
    await second.promise;
    const stopped = here.upkeep.stop();
    hold.resolve();
    await stopped;
    expect(isWorking).toBe(false);
    expect(rounds).toBe(2);
    expect(waits.slice(0, 2)).toEqual([30_000, 600_000]);
    expect(here.reported.map(({ phrase }) => phrase)).toContain("housekeeping failed; the next round tries again");
  });
});

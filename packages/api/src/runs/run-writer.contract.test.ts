import { setImmediate as turn } from "node:timers/promises";
import { NothingTouched } from "@chatee/db/statements";
import { describeEngines } from "@chatee/db/testing/engines";
import { expect, test } from "vitest";
import { committedUnheard, createFaultyDatabase, lostUnheard, outage, refusal } from "../testing/faulty-database.ts";
import type { Fault } from "../testing/faulty-database.ts";
import { isTerminal, note, notesOf, openTestRuns, textOf } from "../testing/test-runs.ts";
import type { RunContext } from "./run-handler.ts";
import type { RunEnd } from "./run-writer.ts";

/** Says the words one after the other, as a model would, and waits until each is in the log. */
async function say({ writer }: RunContext, words: string[]): Promise<RunEnd> {
  let offset = 0;
  for (const word of words) {
    void writer.delta("m", "content", offset, word);
    offset += word.length;
    await writer.flush();
  }
  return { status: "completed" };
}
const words = Array.from({ length: 20 }, (_, index) => `w${index} `);

describeEngines("what a run writes", (open) => {
  test.each<[string, (Fault | null)[]]>([
    ["refused by a failing disk again and again", [null, outage, outage, outage, null, outage]],
    ["committed without an answer", [null, committedUnheard, null, null, committedUnheard]],
    ["lost without an answer", [null, lostUnheard, null, lostUnheard, lostUnheard]],
    ["all of it", [outage, committedUnheard, lostUnheard, outage, null, committedUnheard, outage, lostUnheard]],
  ])("is in the log once and whole when batches were %s", async (_how, faults) => {
    const faulty = createFaultyDatabase(await open());
    await using here = openTestRuns(faulty.db, { parts: { close: async () => ({ statements: [], events: [] }) } });
    const seen: string[] = [];
    const stop = new AbortController();
    const run = await here.begin(async (context) => {
      void (async () => {
        const followed = { streamId: run.streamId, after: 0, signal: stop.signal };
        for await (const event of here.log.follow(followed, { as: (_seq, event) => event }))
          if (event.type === "message.delta") seen.push(event.text);
      })();
      await turn();
      faulty.next(...faults);
      await say(context, words);
      expect(textOf(await here.events(run))).toBe(words.join(""));
      return { status: "completed" };
    });
    expect(await here.ended(run)).toMatchObject({ status: "completed", types: ["run.completed"] });
    expect(seen.join("")).toBe(words.join(""));
    stop.abort();
  });

  test.each<[string, Fault[]]>([
    ["fails for a while", [outage, outage, outage]],
    ["is committed without an answer", [committedUnheard]],
    ["is lost without an answer", [lostUnheard, lostUnheard]],
    ["is lost, then committed, both without an answer", [lostUnheard, outage, committedUnheard]],
  ])("ends once when its last write %s", async (_how, faults) => {
    const faulty = createFaultyDatabase(await open());
    await using here = openTestRuns(faulty.db);
    const run = await here.begin(async (context) => {
      await say(context, words.slice(0, 2));
      faulty.next(...faults);
      return { status: "completed" };
    });
    expect(await here.ended(run)).toMatchObject({ status: "completed", types: ["message.deleted", "run.completed"] });
  });

  test("a log that refuses what the run says ends it as failed, with an id that the log knows", async () => {
    const faulty = createFaultyDatabase(await open());
    await using here = openTestRuns(faulty.db);
    const told = Promise.withResolvers<unknown[]>();
    const run = await here.begin(async ({ writer, signal }) => {
      faulty.next(...Array.from({ length: 5 }, () => refusal));
      told.resolve([await writer.event(note("unheard")), signal.reason]);
      return { status: "completed" };
    });
    expect(await told.promise).toEqual([false, "broken"]);
    const { status, events } = await here.ended(run);
    expect(status).toBe("failed");
    expect(events.filter(isTerminal)).toMatchObject([{ failure: { code: "run.internal_error" } }]);
    expect(notesOf(events)).toEqual(["closed"]);
  });

  test("an end that the database refuses is made again with less, until it is taken", async () => {
    const faulty = createFaultyDatabase(await open());
    await using here = openTestRuns(faulty.db);
    const run = await here.begin(async () => {
      faulty.next(...Array.from({ length: 5 }, () => refusal));
      return { status: "completed" };
    });
    const { status, events } = await here.ended(run);
    expect(status).toBe("failed");
    expect(notesOf(events)).toEqual(["abandoned"]);
    expect(events.filter(isTerminal)).toHaveLength(1);
  });

  test("a model that talks on while the database is away is held back, and nothing of it is lost", async () => {
    const faulty = createFaultyDatabase(await open());
    await using here = openTestRuns(faulty.db, { parts: { close: async () => ({ statements: [], events: [] }) } });
    const chunk = "x".repeat(100_000);
    let held = 0;
    const whole = Promise.withResolvers<string>();
    const run = await here.begin(async ({ writer }) => {
      faulty.always(outage);
      for (let index = 0; index < 30; index++) {
        const pause = writer.delta("m", "content", index * chunk.length, chunk);
        if (pause) {
          held++;
          faulty.heal();
          await pause;
        }
      }
      await writer.flush();
      whole.resolve(textOf(await here.events(run)));
      return { status: "completed" };
    });
    expect(await whole.promise).toBe(chunk.repeat(30));
    expect(held).toBeGreaterThan(0);
    expect(await here.ended(run)).toMatchObject({ status: "completed", types: ["run.completed"] });
  });

  test("an end that finds its session changed asks its handler again, and tells the truth", async () => {
    const faulty = createFaultyDatabase(await open());
    const moved: Fault = async () => {
      throw new NothingTouched(1);
    };
    let closes = 0;
    await using here = openTestRuns(faulty.db, {
      parts: { close: async () => ({ statements: [], events: [note(`look ${++closes}`)] }) },
    });
    const run = await here.begin(async () => {
      faulty.next(moved, moved);
      return { status: "completed" };
    });
    expect(notesOf((await here.ended(run)).events)).toEqual(["look 3"]);
  });

  test("once the process gives up, nothing is written any more and the run is left to a takeover", async () => {
    const db = await open();
    const faulty = createFaultyDatabase(db);
    const here = openTestRuns(faulty.db);
    const run = await here.begin(async ({ signal }) => {
      faulty.always(outage);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      return { status: "completed" };
    });
    await here.kernel.drain(1_000);
    const tried = faulty.writes();
    await here[Symbol.asyncDispose]();
    await here.environment.wait(5_000);
    expect(faulty.writes()).toBe(tried);
    await using next = openTestRuns(db);
    await next.kernel.openUpkeep();
    expect(await next.ended(run)).toMatchObject({ status: "interrupted" });
  });
});

import { expect, it } from "vitest";
import { wrote } from "./database.ts";
import { must, update } from "./statements.ts";
import { createStreamStore } from "./streams.store.ts";
import type { NewEvent } from "./streams.store.ts";
import { describeEngines } from "./testing/engines.ts";
import { eq } from "drizzle-orm";

describeEngines("stream store", (open) => {
  const events = (count: number, name = "e", pruneRunId: string | null = null): NewEvent[] =>
    Array.from({ length: count }, (_, index) => ({ event: JSON.stringify(`${name}${index}`), pruneRunId }));
  const numbers = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);
  async function openStreams() {
    const db = await open();
    const streams = createStreamStore(db);
    return {
      db,
      streams,
      append: (streamId: string, some: NewEvent[]) => db.write(...streams.append(streamId, some, 1)),
      seqs: async (streamId: string, after = 0) =>
        (await streams.readAfter(streamId, after, 10_000)).map((entry) => entry.seq),
    };
  }

  it("numbers events from 1 in the order they were given, however many come at once", async () => {
    const { streams, append } = await openStreams();
    let expected = 0;
    for (const count of [1, 2, 3, 7, 15, 16, 17, 31, 33, 83, 200]) {
      await append("s", events(count, `b${count}-`));
      const read = await streams.readAfter("s", expected, 1_000);
      expect(read.map((entry) => entry.seq)).toEqual(numbers(expected + 1, expected + count));
      expect(read.map((entry) => JSON.parse(entry.event))).toEqual(numbers(0, count - 1).map((n) => `b${count}-${n}`));
      expected += count;
    }
    await append("s", []);
    expect(await streams.bounds("s")).toEqual({ headSeq: expected, tailSeq: 0 });
    expect(await streams.bounds("none")).toEqual({ headSeq: 0, tailSeq: 0 });
  });

  it("reads pages after a number, of one stream only", async () => {
    const { streams, append } = await openStreams();
    await append("s", events(5));
    await append("S", events(2, "other"));
    expect((await streams.readAfter("s", 1, 3)).map((entry) => entry.seq)).toEqual([2, 3, 4]);
    expect(await streams.readAfter("s", 5, 3)).toEqual([]);
    expect(await streams.readAfter("S", 0, 9)).toHaveLength(2);
    expect((await streams.heads(["s", "S", "none"])).toSorted((a, b) => b.headSeq - a.headSeq)).toEqual([
      { streamId: "s", headSeq: 5 },
      { streamId: "S", headSeq: 2 },
    ]);
    expect(await streams.heads([])).toEqual([]);
  });

  it("keeps what an event holds to the character", async () => {
    const { streams, append } = await openStreams();
    const event = JSON.stringify({ text: `\u0000 '"\\ 数据🦀 ${"x".repeat(100_000)}` });
    await append("s", [{ event }]);
    expect((await streams.readAfter("s", 0, 1))[0]?.event === event).toBe(true);
  });

  it("never gives a number twice, whatever is pruned or forgotten", async () => {
    const { db, streams, append, seqs } = await openStreams();
    await append("s", [...events(2), ...events(3, "delta", "r1"), ...events(1, "delta", "r2")]);
    await db.write(streams.pruneRun("s", "r1", 0));
    expect(await seqs("s")).toEqual([1, 2, 6]);
    await append("s", events(1));
    await db.write(...streams.forget("s", 7));
    expect(await seqs("s")).toEqual([]);
    expect(await streams.bounds("s")).toEqual({ headSeq: 7, tailSeq: 7 });
    await append("s", events(2));
    expect(await seqs("s")).toEqual([8, 9]);
    await db.write(...streams.forget("s", 3));
    expect(await streams.bounds("s")).toEqual({ headSeq: 9, tailSeq: 7 });
  });

  it("prunes the passing events of one run above a number, in one stream", async () => {
    const { db, streams, append, seqs } = await openStreams();
    await append("s", events(4, "delta", "r1"));
    await append("t", events(2, "delta", "r1"));
    await db.write(streams.pruneRun("s", "r1", 2));
    expect(await seqs("s")).toEqual([1, 2]);
    expect(await seqs("t")).toEqual([1, 2]);
  });

  it("gives every one of many writers its own numbers, and a reader no gap at any moment", async () => {
    const { db, streams, seqs } = await openStreams();
    const write = async (writer: number) => {
      for (let batch = 0; batch < 5; batch++)
        await db.write(...streams.append("s", events(4 + writer, `w${writer}-${batch}-`), 1));
    };
    let cursor = 0;
    let reading = true;
    const read = async () => {
      while (reading) {
        for (const { seq } of await streams.readAfter("s", cursor, 1_000)) expect(seq).toBe(++cursor);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const reader = read();
    await Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer)));
    reading = false;
    await reader;
    const total = 5 * Array.from({ length: 12 }, (_, writer) => 4 + writer).reduce((a, b) => a + b);
    expect(await seqs("s")).toEqual(numbers(1, total));
    const all = await streams.readAfter("s", 0, total);
    const ofOne = all.map((entry) => String(JSON.parse(entry.event))).filter((text) => text.startsWith("w7-2-"));
    expect(ofOne).toEqual(numbers(0, 10).map((n) => `w7-2-${n}`));
  });

  it("appends several batches in one write, one after the other", async () => {
    const { db, streams, seqs } = await openStreams();
    await db.write(
      ...streams.append("s", events(90, "a"), 1),
      ...streams.append("t", events(20), 1),
      ...streams.append("s", events(85, "b"), 1),
    );
    expect(await seqs("s")).toEqual(numbers(1, 175));
    expect(JSON.parse((await streams.readAfter("s", 90, 1))[0]?.event ?? "")).toBe("b0");
    expect(await seqs("t")).toEqual(numbers(1, 20));
  });

  it("takes no number for a write that was refused", async () => {
    const { db, streams, append, seqs } = await openStreams();
    await append("s", events(1));
    const { runs } = db.tables;
    const refused = must(update(runs, { attempts: 1 }, eq(runs.runId, "none")));
    expect(await wrote(db, refused, ...streams.append("s", events(3), 1))).toBe(false);
    expect(await wrote(db, ...streams.append("s", events(3), 1), refused)).toBe(false);
    await append("s", events(1));
    expect(await seqs("s")).toEqual([1, 2]);
  });

  it("tells which streams hold too much since their tail", async () => {
    const { db, streams, append } = await openStreams();
    await append("long", events(30));
    await append("short", events(10));
    await append("tidy", events(30));
    await db.write(...streams.forget("tidy", 25));
    expect(await streams.overlong(10, 5)).toEqual([{ streamId: "long", headSeq: 30 }]);
    await db.write(...streams.removeStream("long"));
    expect(await streams.overlong(10, 5)).toEqual([]);
    expect(await streams.bounds("long")).toEqual({ headSeq: 0, tailSeq: 0 });
    expect(await streams.readAfter("long", 0, 5)).toEqual([]);
  });
});

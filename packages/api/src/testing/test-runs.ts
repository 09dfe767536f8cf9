import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "@chatee/db/database";
import { createRunStore } from "@chatee/db/runs.store";
import type { Run } from "@chatee/db/runs.store";
import { createStreamStore } from "@chatee/db/streams.store";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import type { RunContext, RunHandler } from "../runs/run-handler.ts";
import { createRunKernel } from "../runs/run-kernel.ts";
import type { RunEnd } from "../runs/run-writer.ts";
import { createEventLog } from "../streams/event-log.ts";
import { createLocalWakes } from "../streams/wakes.ts";
import type { Wakes } from "../streams/wakes.ts";
import { createTestEnvironment } from "./environment.ts";

type State = { restored: boolean };
export type Parts = Partial<RunHandler<State>>;

/** Waits of seconds take tenths. */
const speed = 10;
export const quickTime: Partial<Environment> = {
  elapsedMs: () => performance.now() * speed,
  wait: (ms, signal) => delay(ms / speed, undefined, { signal }).catch(() => signal?.throwIfAborted()),
};

export const isTerminal = (event: { type: string }) =>
  /^run\.(completed|failed|cancelled|interrupted)$/.test(event.type);

/** The run kernel of one process over a real database, with a handler made of parts that a test gives. */
export function openTestRuns(
  db: Database,
  options: {
    parts?: Parts;
    wakes?: Wakes;
    environment?: Partial<Environment>;
    bootId?: string;
    sharesDatabase?: boolean;
    isProcessAlive?: (bootId: string) => Promise<boolean>;
  } = {},
) {
  const { environment, reported } = createTestEnvironment({ ...quickTime, ...options.environment });
  const wakes = options.wakes ?? createLocalWakes();
  const runs = createRunStore(db);
  const log = createEventLog({ streams: createStreamStore(db), wakes, environment, pollMs: null });
  const kernel = createRunKernel({
    runs,
    log,
    wakes,
    environment,
    bootId: options.bootId ?? environment.newId(),
    write: db.write,
    writeRelaxed: db.writeRelaxed,
    isProcessAlive: options.isProcessAlive ?? (async () => false),
    sharesDatabase: options.sharesDatabase ?? false,
  });
  const works = new Map<string, (context: RunContext) => Promise<RunEnd>>();
  kernel.register<State>({
    kind: "test",
    open: async () => ({ restored: false }),
    restore: async () => ({ restored: true }),
    work: async (_state, context) => (await works.get(context.run.runId)?.(context)) ?? { status: "completed" },
    close: async ({ restored }) => ({ statements: [], events: [note(restored ? "closed after restore" : "closed")] }),
    abandon: () => ({ statements: [], events: [note("abandoned")] }),
    ...options.parts,
  });

  const claimed = (kind = "test"): Run =>
    kernel.claimed({
      runId: environment.newId(),
      ownerId: "ann",
      kind,
      streamId: environment.newId(),
      subjectId: null,
      input: null,
      budget: null,
      idempotencyKey: null,
      startSeq: 0,
    });
  return {
    kernel,
    runs,
    log,
    environment,
    reported,
    claimed,
    /** Stores a run and has it worked on. */
    async begin(work: (context: RunContext) => Promise<RunEnd>): Promise<Run> {
      const run = claimed();
      works.set(run.runId, work);
      await db.write(runs.insert(run));
      kernel.start(run);
      return run;
    },
    async events(run: Run): Promise<StreamEvent[]> {
      return (await log.read(run.streamId, 0, 10_000)).map(({ event }) => event);
    },
    /** Resolves once the run has ended, wherever, with its row and its events. */
    async ended(run: Run) {
      for (;;) {
        const row = await runs.findClaimed(run.runId);
        if (row?.status !== "running") break;
        await delay(5);
      }
      await kernel.ended(run.runId);
      const events = (await log.read(run.streamId, 0, 10_000)).map(({ event }) => event);
      return { status: (await runs.findClaimed(run.runId))?.status, types: events.map(({ type }) => type), events };
    },
    async [Symbol.asyncDispose]() {
      await kernel.drain(2_000);
      await log[Symbol.asyncDispose]();
    },
  };
}
export type TestRuns = ReturnType<typeof openTestRuns>;

/** An event that says where it came from. */
export const note = (words: string): StreamEvent => ({ type: "message.deleted", messageId: words });
export const notesOf = (events: StreamEvent[]) =>
  events.flatMap((event) => (event.type === "message.deleted" ? [event.messageId] : []));
/** The text of one message's deltas, put together by their offsets; a gap or an overlap fails. */
export function textOf(events: StreamEvent[]): string {
  let text = "";
  for (const event of events) {
    if (event.type !== "message.delta") continue;
    if (event.offset !== text.length) throw new Error(`a delta at ${event.offset} follows ${text.length} characters`);
    text += event.text;
  }
  return text;
}

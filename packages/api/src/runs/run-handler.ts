import type { Run } from "@chatee/db/runs.store";
import type { Closing, RunEnd, RunWriter } from "./run-writer.ts";

/** Why a run's signal aborted. */
export type StopReason = "cancelled" | "shutdown" | "fenced" | "broken";

/** What a handler works with. `signal.reason` is a `StopReason`. */
export type RunContext = { run: Run; writer: RunWriter; signal: AbortSignal };

/**
 * One kind of run. `work` does it and says how it ended; when its signal aborts it returns soon, or is waited
 * for no longer. `close` gives what the terminal write holds beside the run's own row; it is also called for a
 * run whose worker died, after `restore` rebuilt the state from the log. It may be called several times: what it
 * says must not depend on how often.
 *
 * `abandon` is the least a run's end must leave behind, said without reading anything: it is used when one of
 * the others fails on a bug, so that nobody waits for ever. Its state is null when there never was one.
 */
export type RunHandler<TState> = {
  kind: string;
  open: (run: Run) => Promise<TState>;
  restore: (run: Run) => Promise<TState>;
  work: (state: TState, context: RunContext) => Promise<RunEnd>;
  close: (state: TState, run: Run, end: RunEnd) => Promise<Closing>;
  abandon: (run: Run, end: RunEnd, state: TState | null) => Closing;
};

import { z } from "zod";

/** What one run may use up; past any of it the run fails with `run.budget_exceeded` and keeps what it has. */
export const runBudget = z.object({
  /** Requests to a model. */
  maxSteps: z.int().positive(),
  /** Tool calls that one step fans out to; those beyond it are not made, and the model is told. */
  maxCallsPerStep: z.int().positive(),
  /** Over all steps, as the provider counts; null for none. */
  maxOutputTokens: z.int().positive().nullable(),
  /** Over all steps, by the model's price; null for none. What has no known price is not counted. */
  maxCostUsd: z.number().positive().nullable(),
  /** Without the time in which a person was asked. */
  maxDurationMs: z.number().positive(),
});
export type RunBudget = z.infer<typeof runBudget>;

export const defaultRunBudget: RunBudget = {
  maxSteps: 25,
  maxCallsPerStep: 64,
  maxOutputTokens: null,
  maxCostUsd: null,
  maxDurationMs: 30 * 60_000,
};

import { errorIdOf, failureOf } from "@chatee/api/trpc";
import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import { TRPCError } from "@trpc/server";
import type { z } from "zod";
import { statusOf, toRefusal } from "../errors.ts";
import type { Refusal } from "../errors.ts";
import { isInstant, toWireName } from "./wire.ts";

const maxIssues = 20;

/**
 * What the caller of a route is told of an error, with the names that the wire has for fields.
 *
 * @returns null when it is a bug that nobody has reported yet
 */
export function toRestRefusal(error: unknown, maxBytes: number): Refusal | null {
  const refusal = error instanceof TRPCError ? ofProcedure(error) : toRefusal(error);
  if (refusal === null) return null;
  if (refusal.status === 413 && refusal.failure === null) return toRefusal(tooLarge(maxBytes));
  return refusal.failure?.code === "input.invalid" ? invalidOf(refusal, refusal.failure) : refusal;
}

/** How often a procedure says "later" without saying when. */
const defaultRetryMs = 10_000;

function ofProcedure(error: TRPCError): Refusal {
  const failure = failureOf(error);
  const message = failure ? new DomainError(failure).message : error.message;
  const errorId = errorIdOf(error);
  if (errorId !== null) return bug(errorId);
  return { code: error.code, status: statusOf(error.code), message, failure: withRetry(failure) };
}

function withRetry(failure: Failure | null): Failure | null {
  return failure?.code === "llm.rate_limited"
    ? { ...failure, retryAfterMs: failure.retryAfterMs ?? defaultRetryMs }
    : failure;
}

export function bug(errorId: string): Refusal {
  return { ...toRefusalOf({ code: "run.internal_error", errorId }), code: "INTERNAL_SERVER_ERROR", status: 500 };
}

function toRefusalOf(failure: Failure): Refusal {
  return { code: "BAD_REQUEST", status: 400, message: new DomainError(failure).message, failure };
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError({ code: "input.too_large", maxBytes });
}

function invalidOf(refusal: Refusal, { issues }: Extract<Failure, { code: "input.invalid" }>): Refusal {
  const named = issues.map(({ path, message }) => ({
    path: path.split(".").map(toWireName).join("."),
    message: isInstant(path) ? "must be an ISO 8601 time" : message,
  }));
  const failure = { code: "input.invalid" as const, issues: named };
  return { ...refusal, message: new DomainError(failure).message, failure };
}

/** @throws DomainError `input.invalid` */
export function parseInput(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues
    .slice(0, maxIssues)
    .map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message }));
  throw new DomainError({ code: "input.invalid", issues });
}

import { errorIdOf, failureOf } from "@chatee/api/trpc";
import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import { TRPCError } from "@trpc/server";
import type { z } from "zod";
import { statusOf, toRefusal } from "../errors.ts";
import type { Refusal } from "../errors.ts";
import { isInstant, toWirePath } from "./wire.ts";

const maxIssues = 20;

/**
 * What the caller of a route is told of an error, with the wire's names for fields; null when it is a bug that
 * nobody has reported yet.
 */
export function toRestRefusal(error: unknown, maxBytes: number): Refusal | null {
  const refusal = error instanceof TRPCError ? ofProcedure(error) : toRefusal(error);
  // Where Fastify refused it, only the route knows the limit.
  if (refusal?.status === 413 && refusal.failure === null)
    return toRefusal(new DomainError({ code: "input.too_large", maxBytes }));
  return refusal?.failure?.code === "input.invalid" ? inWireNames(refusal, refusal.failure.issues) : refusal;
}

function ofProcedure(error: TRPCError): Refusal | null {
  const errorId = errorIdOf(error);
  if (errorId !== null) return toBugRefusal(errorId);
  const failure = failureOf(error);
  if (failure) return toRefusal(new DomainError(failure));
  if (error.code === "INTERNAL_SERVER_ERROR") return null;
  return { code: error.code, status: statusOf(error.code), message: error.message, failure: null };
}

/** A bug shows nothing but the id under which the log knows it. */
export function toBugRefusal(errorId: string): Refusal {
  const { message } = new DomainError({ code: "run.internal_error", errorId });
  return { code: "INTERNAL_SERVER_ERROR", status: 500, message, failure: null };
}

function inWireNames(refusal: Refusal, issues: Extract<Failure, { code: "input.invalid" }>["issues"]): Refusal {
  const named = issues.map(({ path, message }) => ({
    path: toWirePath(path),
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

import { DomainError } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import { initTRPC, TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import type { Context } from "./context.ts";
import { failureStatus } from "./failure-status.ts";
import { inputFailure } from "./input-failure.ts";
import { transformer } from "./transformer.ts";

const t = initTRPC.context<Context>().create({
  transformer,
  errorFormatter({ shape, error }) {
    const failure = failureOf(error);
    const { stack: _stack, ...data } = shape.data;
    return {
      ...shape,
      message: failure
        ? new DomainError(failure).message
        : error.cause instanceof Bug
          ? error.cause.message
          : shape.message,
      data: { ...data, failure, errorId: errorIdOf(error) },
    };
  },
  sse: { enabled: false },
});

/** Stands for an error nobody expected; its real message stays in the log. */
class Bug extends Error {
  readonly errorId: string;
  constructor(errorId: string) {
    super(`Something went wrong here. The log knows it as ${errorId}.`);
    this.errorId = errorId;
  }
}

/** The failure an error stands for, or null when it is none of ours. */
export function failureOf(error: TRPCError): Failure | null {
  const { cause } = error;
  if (cause instanceof DomainError) return cause.failure;
  return cause instanceof ZodError ? inputFailure(cause) : null;
}

/** Under which id the log knows the bug an error stands for, or null when it is none. */
export function errorIdOf(error: TRPCError): string | null {
  return error.cause instanceof Bug ? error.cause.errorId : null;
}

export const router = t.router;
export const mergeRouters = t.mergeRouters;
export const createCallerFactory = t.createCallerFactory;

/**
 * The only kind of procedure. Expected failures leave as data under `data.failure`; everything else is
 * reported once and leaves as an id. `next()` never rejects, so the result is looked at, not caught.
 */
export const procedure = t.procedure.use(async ({ ctx, next }) => {
  const result = await next();
  if (result.ok) return result;
  const { error } = result;
  if (error.cause instanceof DomainError) {
    throw new TRPCError({
      code: failureStatus[error.cause.failure.code],
      message: error.cause.message,
      cause: error.cause,
    });
  }
  if (error.code !== "INTERNAL_SERVER_ERROR") throw error;
  const { errorId } = ctx.reportBug(error.cause ?? error);
  throw new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: "internal", cause: new Bug(errorId) });
});

import { DomainError, failureMessage } from "@chatee/shared/failure";
import type { Failure } from "@chatee/shared/failure";
import { getTRPCErrorFromUnknown, initTRPC, TRPCError } from "@trpc/server";
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
      message: failure ? failureMessage(failure) : messageOf(error),
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

/** tRPC's own words about a request are harmless; those of an error that nobody expected may tell anything. */
function messageOf(error: TRPCError): string {
  if (error.cause instanceof Bug) return error.cause.message;
  return error.code === "INTERNAL_SERVER_ERROR" ? "Something went wrong here." : error.message;
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
export const createCallerFactory = t.createCallerFactory;

/** What a caller gets to see of an error; a bug is reported here, once. */
function toCallerError(error: TRPCError, ctx: Context): TRPCError {
  const { cause, code } = error;
  if (cause instanceof Bug) return error;
  if (cause instanceof DomainError)
    return new TRPCError({ code: failureStatus[cause.failure.code], message: cause.message, cause });
  if (code !== "INTERNAL_SERVER_ERROR") return error;
  const { errorId } = ctx.reportBug(cause ?? error);
  return new TRPCError({ code, message: "internal", cause: new Bug(errorId) });
}

/** A subscription fails while it is read, long after its procedure returned. */
function watched(events: AsyncIterable<unknown>, ctx: Context): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const source = events[Symbol.asyncIterator]();
      return {
        next: () =>
          source.next().catch((error: unknown) => {
            throw toCallerError(getTRPCErrorFromUnknown(error), ctx);
          }),
        // tRPC calls this however a subscription ends, and once.
        async return() {
          try {
            return (await source.return?.()) ?? { done: true, value: undefined };
          } finally {
            ctx.end("subscription");
          }
        },
      };
    },
  };
}

/**
 * The only kind of procedure. Expected failures leave as data under `data.failure`; everything else is
 * reported once and leaves as an id. `next()` never rejects, so the result is looked at, not caught.
 */
export const procedure = t.procedure.use(async ({ ctx, type, next }) => {
  const begun = ctx.begin(type);
  if (!(typeof begun === "boolean" ? begun : await begun)) throw new TRPCError({ code: "TOO_MANY_REQUESTS" });
  const result = await next();
  if (result.ok && isAsyncIterable(result.data)) return { ...result, data: watched(result.data, ctx) };
  ctx.end(type);
  if (!result.ok) throw toCallerError(result.error, ctx);
  return result;
});

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

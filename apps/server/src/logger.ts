import type { Log } from "@chatee/api/environment";
import pino from "pino";
import type { Logger } from "pino";

/**
 * Lines of JSON on standard error, with the fields a caller names and nothing else. Of an error its name,
 * code and stack are kept; what a driver or provider hung on it (statements, request bodies) is not.
 */
export function createLogger(options: { level: string }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: toPlainError },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

export function toLog(logger: Logger): Log {
  return {
    info: (fields, phrase) => logger.info(fields, phrase),
    warn: (fields, phrase) => logger.warn(fields, phrase),
    error: (fields, phrase) => logger.error(fields, phrase),
  };
}

function toPlainError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const failure = "failure" in error && isCoded(error.failure) ? { failure: error.failure.code } : {};
  const cause: unknown = error.cause === undefined ? {} : { cause: toPlainError(error.cause) };
  return { name: error.name, ...code, ...failure, stack: framesOf(error), ...(cause as object) };
}

/** Where it happened, without the message: that may quote what a person or a model wrote. */
function framesOf(error: Error): string | undefined {
  return error.stack
    ?.split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .join("\n");
}

function isCoded(value: unknown): value is { code: string } {
  return typeof value === "object" && value !== null && "code" in value && typeof value.code === "string";
}

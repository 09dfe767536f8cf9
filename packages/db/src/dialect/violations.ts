/** What a driver's error means, for both engines. */
function codeOf(error: unknown): string {
  for (let current = error; typeof current === "object" && current !== null; current = (current as Error).cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
  }
  return "";
}

/** A unique key or primary key is taken already. */
export function isUniqueViolation(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ER_DUP_ENTRY" || code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

/** The database chose this transaction to lose; the same transaction again may well win. */
export function isContention(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === "ER_LOCK_DEADLOCK" || code === "ER_LOCK_WAIT_TIMEOUT" || code === "SQLITE_BUSY" || code.startsWith("SQLITE_BUSY_")
  );
}

const lostCodes = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "ER_SERVER_SHUTDOWN",
  "ER_CONNECTION_KILLED",
  "ER_CON_COUNT_ERROR",
  "ER_ABORTING_CONNECTION",
]);

/** The connection to the server is gone or was never made. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  return lostCodes.has(code) || (error instanceof Error && /connection is in closed state|Connection lost/i.test(error.message));
}

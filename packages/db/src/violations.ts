/** What a driver's error means, for both engines. */
function codeOf(error: unknown): string {
  for (let current = error; typeof current === "object" && current !== null; current = (current as Error).cause) {
    if ("code" in current && typeof current.code === "string") return current.code;
  }
  return "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

/** A unique key or primary key is taken already. */
export function isUniqueViolation(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ER_DUP_ENTRY" || code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

const contentionCodes = new Set([
  "ER_LOCK_DEADLOCK",
  "ER_LOCK_WAIT_TIMEOUT",
  // MariaDB 11.6 and later: the row changed after this transaction first looked at it.
  "ER_CHECKREAD",
  "SQLITE_BUSY",
]);

/** The database chose this transaction to lose; the same transaction again may well win. */
export function isContention(error: unknown): boolean {
  const code = codeOf(error);
  return contentionCodes.has(code) || code.startsWith("SQLITE_BUSY_");
}

const lostCodes = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "PROTOCOL_PACKETS_OUT_OF_ORDER",
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "ER_SERVER_SHUTDOWN",
  "ER_NORMAL_SHUTDOWN",
  "ER_CONNECTION_KILLED",
  "ER_SESSION_WAS_KILLED",
  "ER_CLIENT_INTERACTION_TIMEOUT",
  "ER_CON_COUNT_ERROR",
  "ER_ABORTING_CONNECTION",
  "ER_NEW_ABORTING_CONNECTION",
]);

const closedMessage = /closed state|Connection lost/i;

/** The connection to the server is gone or was never made. */
export function isConnectionLost(error: unknown): boolean {
  return lostCodes.has(codeOf(error)) || closedMessage.test(messageOf(error));
}

/** The connection was known to be gone before anything was sent: the server never saw the statement. */
export function wasNeverSent(error: unknown): boolean {
  return codeOf(error) === "EPIPE" || /closed state/i.test(messageOf(error));
}

import { OutcomeUnknown } from "./statements.ts";

/** The driver's word for what went wrong; empty when it has none. */
export function codeOf(error: unknown): string {
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

/** The file cannot be written: its disk is full or broken, or we have no right to. */
export function isUnwritable(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM)/.test(codeOf(error));
}

/** The connection to the server is gone or was never made. */
export function isConnectionLost(error: unknown): boolean {
  return lostCodes.has(codeOf(error)) || closedMessage.test(messageOf(error));
}

/** The connection was known to be gone before anything was sent: the server never saw the statement. */
export function wasNeverSent(error: unknown): boolean {
  return codeOf(error) === "EPIPE" || /closed state/i.test(messageOf(error));
}

/** Refused for what was asked, not for how the database is: a key, a type, a length, the words themselves. */
const refusedBySqlite = /^SQLITE_(CONSTRAINT|ERROR|MISMATCH|TOOBIG|RANGE|MISUSE|SCHEMA|AUTH|NOTADB)/;
const refusedByMysqlState = /^(21|22|23|42)/;
const refusedByMysql = new Set(["ER_NET_PACKET_TOO_LARGE"]);
/** They carry the state of a refusal and mean "too many of you at the moment". */
const crowdedCodes = new Set(["ER_TOO_MANY_USER_CONNECTIONS", "ER_USER_LIMIT_REACHED"]);

/**
 * The database itself is in trouble (gone, busy, full, read-only, an I/O error, an outcome nobody knows): the same
 * request may succeed once it is over. False for what would be refused again, and for errors that are not a database's.
 */
export function isOutage(error: unknown): boolean {
  if (error instanceof OutcomeUnknown || isConnectionLost(error) || isContention(error)) return true;
  const code = codeOf(error);
  if (code.startsWith("SQLITE_")) return !refusedBySqlite.test(code);
  if (!code.startsWith("ER_") || refusedByMysql.has(code)) return false;
  return crowdedCodes.has(code) || !refusedByMysqlState.test(sqlStateOf(error));
}

function sqlStateOf(error: unknown): string {
  for (let current = error; typeof current === "object" && current !== null; current = (current as Error).cause) {
    if ("sqlState" in current && typeof current.sqlState === "string") return current.sqlState;
  }
  return "";
}

import { codeOf } from "../violations.ts";

/** The database cannot be opened as things are; the message says what to look at. Nothing was changed. */
export class DatabaseUnusable extends Error {
  override readonly name = "DatabaseUnusable";
}

const reasons: readonly [code: RegExp, reason: string][] = [
  [/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/, "cannot be written: check the rights of the file and of its folder"],
  [/^SQLITE_FULL/, "cannot grow: its disk is full"],
  [/^SQLITE_(NOTADB|CORRUPT)/, "is damaged or no database at all: restore a backup"],
  [/^SQLITE_BUSY/, "is locked by another program: close that first"],
  [/^SQLITE_IOERR/, "cannot be read: its disk reports an error"],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|PROTOCOL_)/,
    "does not answer: check its address and whether it runs",
  ],
  [/^(ENOTFOUND|EAI_)/, "has an address that nobody knows: check it"],
  [
    /^ER_(ACCESS_DENIED|DBACCESS_DENIED|HOST_|MUST_CHANGE)/,
    "refuses us: check the user, the password and the user's rights",
  ],
  [/^ER_BAD_DB/, "is not on this server: create it"],
];

/** The error as one line for whoever starts chatee, where that is possible; `what` names the database. */
export function toUnusable(error: unknown, what: string): unknown {
  const code = codeOf(error);
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1];
  return reason === undefined ? error : new DatabaseUnusable(`${what} ${reason} (${code})`, { cause: error });
}

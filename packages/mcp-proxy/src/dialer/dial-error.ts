/**
 * | code              | means                                                                      |
 * | ----------------- | -------------------------------------------------------------------------- |
 * | `url_invalid`     | not an http(s) URL without user, password and control characters           |
 * | `address_refused` | the address, or one that the name stands for, may not be reached; `reason` says why |
 * | `name_not_found`  | the name stands for no address                                             |
 * | `unreachable`     | no connection, or it broke before it answered                              |
 * | `untrusted`       | its certificate does not prove that it is who the URL says                 |
 * | `timed_out`       | no connection or no response headers in time                               |
 * | `redirected`      | it points elsewhere, and nobody is followed there                          |
 * | `bad_answer`      | what came back is not HTTP                                                 |
 */
export type DialErrorCode =
  | "url_invalid"
  | "address_refused"
  | "name_not_found"
  | "unreachable"
  | "untrusted"
  | "timed_out"
  | "redirected"
  | "bad_answer";

const sentences: Record<DialErrorCode, string> = {
  url_invalid: "This is not an http or https URL that chatee calls.",
  address_refused:
    "This address is not public. Register the server under its own address, or list the address in mcp.allow_addresses.",
  name_not_found: "There is no host of this name.",
  unreachable: "The server cannot be reached.",
  untrusted: "The server's certificate is not valid for this address.",
  timed_out: "The server did not answer in time.",
  redirected: "The server redirects to another address. Use that address instead.",
  bad_answer: "The server's answer is not HTTP.",
};

/**
 * Why something outside could not be asked. The sentence is ours: nothing that an upstream wrote is in it, so it may
 * be shown to anybody. The cause is for the log.
 */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly code: DialErrorCode;
  /** Of a refused address, what kind of place it is: `loopback`, `metadata`, … */
  readonly reason: string | null;
  constructor(code: DialErrorCode, options: { reason?: string; cause?: unknown } = {}) {
    super(sentences[code], options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.reason = options.reason ?? null;
  }
}

const timeoutCodes = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"]);
const nameCodes = new Set(["ENOTFOUND", "ENODATA", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);
const certificateCodes = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_)/;

/** The dial error behind an error of undici, Node or our own, however deep fetch has wrapped it. */
export function toDialError(error: unknown): DialError {
  if (error instanceof DialError) return error;
  if (error instanceof Error && error.cause instanceof Error && codeOf(error) === "") return toDialError(error.cause);
  return new DialError(dialCode(codeOf(error), error), { cause: error });
}

function dialCode(code: string, error: unknown): DialErrorCode {
  if (timeoutCodes.has(code)) return "timed_out";
  if (nameCodes.has(code)) return "name_not_found";
  if (certificateCodes.test(code)) return "untrusted";
  const isUnreadable = code.startsWith("HPE_") || (error instanceof Error && error.name === "HTTPParserError");
  return isUnreadable || code === "UND_ERR_HEADERS_OVERFLOW" || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"
    ? "bad_answer"
    : "unreachable";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

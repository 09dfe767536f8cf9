import { isUtf8 } from "node:buffer";
import { DomainError } from "@chatee/shared/failure";

const maxDepth = 64;
const maxNodes = 100_000;

const openings = new Set(["{", "["].map((sign) => sign.charCodeAt(0)));
const closings = new Set(["}", "]"].map((sign) => sign.charCodeAt(0)));
const [comma, quote, backslash] = [44, 34, 92];

/**
 * JSON as the REST face takes it; undefined for an empty body. Refused are: what is not UTF-8, what is nested
 * deeper or holds more values than any honest request (before it is parsed, for parsing it is the attack), and
 * what `assertPlainText` refuses.
 *
 * @throws DomainError `input.invalid`
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw invalid("", "The body is not UTF-8.");
  assertBounded(bytes);
  const value = parsed(bytes.toString("utf8"));
  assertPlainText(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (error) {
    throw invalid("", "The body is not JSON.", error);
  }
}

/** Counts brackets and commas outside of strings. */
function assertBounded(bytes: Buffer): void {
  let depth = 0;
  let nodes = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfString(bytes, at);
    else if (byte === comma) nodes++;
    else if (closings.has(byte)) depth--;
    else if (openings.has(byte)) {
      nodes++;
      depth++;
    }
    if (depth > maxDepth) throw invalid("", `The body is nested deeper than ${maxDepth} levels.`);
    if (nodes > maxNodes) throw invalid("", `The body holds more than ${maxNodes} values.`);
  }
}

/** Where the quote is that ends the string which begins at `start`; strings of megabytes are the usual large body. */
function endOfString(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return bytes.length;
}

/**
 * Refuses text that no database keeps as it came (NUL, halves of surrogate pairs) and the key `__proto__`.
 *
 * @throws DomainError `input.invalid`
 */
export function assertPlainText(value: unknown, path = ""): void {
  if (typeof value === "string") {
    const problem = textProblem(value);
    if (problem) throw invalid(path, problem);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") throw invalid(path, "must not hold the key __proto__");
    const problem = textProblem(key);
    if (problem) throw invalid(path, problem);
    assertPlainText(inner, path === "" ? key : `${path}.${key}`);
  }
}

function textProblem(text: string): string | null {
  if (text.includes("\0")) return "must not contain NUL characters";
  return text.isWellFormed() ? null : "must be well-formed Unicode";
}

function invalid(path: string, message: string, cause?: unknown): DomainError {
  return new DomainError({ code: "input.invalid", issues: [{ path, message }] }, { cause });
}

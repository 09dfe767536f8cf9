import { z } from "zod";
import type { UpstreamError } from "./provider-failure.ts";

const word = z.union([z.string(), z.number()]).nullish().catch(null);
const errorObject = z.looseObject({
  type: word,
  code: word,
  status: word,
  message: z.string().nullish().catch(null),
  detail: z.string().nullish().catch(null),
  details: z
    .array(z.looseObject({ reason: word }).catch({ reason: null }))
    .nullish()
    .catch(null),
});

/** Digs the error out of whatever JSON a provider sent: `{error:{…}}`, `{error:"…"}`, `[{error}]`, `{response:{error}}`, bare. */
export function readErrorValue(value: unknown, status: number | null): UpstreamError {
  const outer = Array.isArray(value) ? value[0] : value;
  if (typeof outer === "string") return { status, codes: [], message: outer, isHtml: false };
  const record = z.looseObject({}).safeParse(outer);
  if (!record.success) return { status, codes: [], message: "", isHtml: false };
  const inner = record.data.error ?? z.looseObject({ error: z.unknown() }).safeParse(record.data.response).data?.error;
  if (typeof inner === "string") return { status, codes: wordsOf(record.data), message: inner, isHtml: false };
  const error = errorObject.safeParse(inner ?? record.data);
  if (!error.success) return { status, codes: [], message: "", isHtml: false };
  const message = error.data.message ?? error.data.detail ?? "";
  return { status, codes: wordsOf(error.data), message, isHtml: false };
}

/** The same for the text of an HTTP error, which may also be HTML from a gateway, or nothing. */
export function readErrorText(text: string, status: number): UpstreamError {
  if (/^\s*</.test(text)) return { status, codes: [], message: "", isHtml: true };
  try {
    return readErrorValue(JSON.parse(text), status);
  } catch {
    return { status, codes: [], message: text.slice(0, 2000), isHtml: false };
  }
}

function wordsOf(error: Record<string, unknown>): string[] {
  const parsed = errorObject.safeParse(error);
  if (!parsed.success) return [];
  const { type, code, status, details } = parsed.data;
  return [type, code, status, ...(details ?? []).map((entry) => entry.reason)].flatMap((entry) =>
    entry == null ? [] : [String(entry)],
  );
}

/**
 * How long the provider asks to wait: `retry-after-ms`, `retry-after` in seconds or as a date, or Google's
 * `retryDelay` in the body. Null when it does not say.
 */
export function retryAfterMsOf(headers: Headers, body: string, nowMs: number): number | null {
  const ms = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const header = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(header)) return Math.round(Number(header) * 1000);
  const atMs = Date.parse(header);
  if (Number.isFinite(atMs)) return Math.max(0, atMs - nowMs);
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body)?.[1];
  return delay === undefined ? null : Math.round(Number(delay) * 1000);
}

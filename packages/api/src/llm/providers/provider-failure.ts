import type { Failure } from "@chatee/shared/failure";
import type { ProviderId } from "@chatee/shared/llm";

export type LlmFailure = Extract<Failure, { code: `llm.${string}` }>;

/** What an upstream said went wrong, whatever wire it came over. `status` is null for an error inside a stream. */
export type UpstreamError = { status: number | null; codes: string[]; message: string; isHtml: boolean };

export type FailureContext = {
  provider: ProviderId;
  /** Null when no model was involved (listing). */
  model: string | null;
  apiKey: string | null;
  retryAfterMs: number | null;
};

const maxDetailChars = 300;

/** Maps an upstream's words to one failure. Error codes are believed before the HTTP status: gateways mix the latter up. */
export function toFailure(error: UpstreamError, context: FailureContext): LlmFailure {
  const { provider, retryAfterMs } = context;
  const says = (pattern: RegExp) => error.codes.some((code) => pattern.test(code));
  const text = error.message;
  const status = error.status ?? 0;

  // Google says the same about a quota that is free again in a minute, but then it also says when.
  const isOutOfCredit = quotaWords.test(text) || (retryAfterMs === null && /check your plan and billing/i.test(text));
  if (status === 402 || says(quotaCodes) || isOutOfCredit) return { code: "llm.quota_exhausted", provider };
  if (says(contextCodes) || contextWords.test(text)) return { code: "llm.context_too_long", provider };
  if (says(noModelCodes) && context.model) return { code: "llm.no_such_model", provider, model: context.model };
  if (status === 401 || status === 403 || says(keyCodes) || keyWords.test(text))
    return { code: "llm.wrong_key", provider };
  if (isWrongAddress(error, context)) {
    return { code: "llm.refused_request", provider, detail: `there is no such API at this address (HTTP ${status})` };
  }
  if (context.model && (status === 404 || says(/^not_found(_error)?$/i) || noModelWords.test(text))) {
    return { code: "llm.no_such_model", provider, model: context.model };
  }
  if (status === 429 || says(rateCodes)) return { code: "llm.rate_limited", provider, retryAfterMs };
  if (status === 503 || status === 529 || says(overloadCodes))
    return { code: "llm.overloaded", provider, retryAfterMs };
  const detail = toDetail(text, context.apiKey) || (status ? `HTTP ${status}` : "an error without an explanation");
  if ((status >= 400 && status < 500 && status !== 408) || says(refusalCodes)) {
    return { code: "llm.refused_request", provider, detail };
  }
  return { code: "llm.bad_response", provider, detail };
}

const quotaCodes =
  /^(insufficient_quota|billing_(error|hard_limit_reached|not_active)|exceeded_current_quota_error|insufficient_balance)$/i;
const quotaWords = /credit balance is too low|insufficient (balance|credits|funds)|余额不足|欠费/i;
const contextCodes = /^(context_length_exceeded|context_window_exceeded|request_too_large|string_above_max_length)$/i;
const contextWords =
  /maximum context length|prompt is too long|(input|prompt) (token count|is too long|length).{0,60}(exceed|too long|maximum)|exceeds? the (available |model'?s? )?(maximum )?context|context (window|length|size).{0,40}(exceed|too)|exceed.{0,40}context (window|length|size)/i;
const noModelCodes = /^(model_not_found|no_such_model|invalid_model|model_not_exist)$/i;
const noModelWords = /\bmodel\b.{0,120}(not found|does not exist|not exist|is not supported for generatecontent)/i;
const keyCodes =
  /^(authentication_error|invalid_api_key|invalid_authentication_error|permission_error|permission_denied|unauthenticated|unauthorized|api_key_invalid)$/i;
const keyWords = /api key not valid|invalid api key|incorrect api key/i;
const rateCodes =
  /^(rate_limit_error|rate_limit_exceeded|rate_limit_reached_error|resource_exhausted|too_many_requests|throttling.*|429)$/i;
const overloadCodes =
  /^(overloaded|overloaded_error|server_is_overloaded|slow_down|unavailable|service_unavailable|engine_overloaded_error|503|529)$/i;
const refusalCodes = /^(invalid_request_error|invalid_argument|failed_precondition|invalid_prompt|bad_request|400)$/i;

/** A 404 that speaks of the route, not of the model: the address is wrong. */
const isWrongAddress = ({ status, isHtml, message }: UpstreamError, { model }: FailureContext) =>
  status === 404 &&
  (isHtml || model === null || /page not found|cannot (post|get)|invalid url|no route/i.test(message));

/** A short, printable, single-line excerpt that cannot carry a key. */
export function toDetail(text: string, apiKey: string | null): string {
  const withoutKey = apiKey ? text.replaceAll(apiKey, "…").replaceAll(encodeURIComponent(apiKey), "…") : text;
  const clean = withoutKey
    .replace(/\b(sk|pk|rk|gsk|xai)-[\w*.-]{6,}|\bAIza[\w-]{10,}|\bbearer\s+\S+/gi, "…")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return clean.length > maxDetailChars ? `${clean.slice(0, maxDetailChars)}…` : clean;
}

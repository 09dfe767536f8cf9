import type { LlmFailure } from "./provider-failure.ts";

export type DemoScript =
  | { kind: "echo"; text: string }
  | { kind: "tool"; name: string | null; input: string }
  | { kind: "tokens"; tokens: number; thinking: number; delayMs: number; then: "finish" | "stall" | LlmFailure };

const maxTokens = 1_000_000;

/**
 * Reads a script for the demo model, for developers and tests. The message must start with `/demo`:
 * - `/demo tokens=400 delay=5 thinking=10` — ten thinking pieces `h0 h1 …`, then exactly 400 pieces `t0 t1 …`, each after 5 ms
 *   (default: 20 pieces, no thinking, no delay)
 * - `/demo fail=overloaded after=20 delay=5 retryAfter=1000` — fails with `llm.overloaded` after 20 pieces (default 0);
 *   any code of the `llm.*` failures works
 * - `/demo stall after=10` — falls silent after 10 pieces until aborted
 * - `/demo tool` or `/demo tool name=search input={"q":"x"}` — calls the first or the named tool, then talks about its result;
 *   of a tool named `server__search` the last part is enough
 * - `/demo echo …` — answers with the rest of the message, unchanged
 * Null when there is no script, or one that cannot be understood: the model then answers as usual.
 */
export function readScript(message: string): DemoScript | null {
  const rest = /^\s*\/demo(?:\s|$)([\s\S]*)$/.exec(message)?.[1];
  if (rest === undefined) return null;
  const echo = /^\s*echo(?:\s|$)([\s\S]*)$/.exec(rest)?.[1];
  if (echo !== undefined) return { kind: "echo", text: echo };

  const words = rest.trim().split(/\s+/);
  const value = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const count = (name: string, fallback: number) => {
    const number = Number(value(name) ?? fallback);
    return Number.isInteger(number) && number >= 0 ? Math.min(number, maxTokens) : fallback;
  };
  if (words[0] === "tool") {
    return { kind: "tool", name: value("name") ?? null, input: /\binput=(\{[\s\S]*\})/.exec(rest)?.[1] ?? "{}" };
  }
  const common = { kind: "tokens" as const, thinking: count("thinking", 0), delayMs: count("delay", 0) };
  if (words[0] === "stall") return { ...common, tokens: count("after", 0), then: "stall" };
  const fail = value("fail");
  if (fail !== undefined) {
    const then = toFailure(
      fail.replace(/^llm\./, ""),
      value("retryAfter") === undefined ? null : count("retryAfter", 0),
    );
    return then && { ...common, tokens: count("after", 0), then };
  }
  return value("tokens") !== undefined || rest.trim() === ""
    ? { ...common, tokens: count("tokens", 20), then: "finish" }
    : null;
}

function toFailure(name: string, retryAfterMs: number | null): LlmFailure | null {
  const provider = "demo";
  switch (name) {
    case "rate_limited":
    case "overloaded":
      return { code: `llm.${name}`, provider, retryAfterMs };
    case "wrong_key":
    case "quota_exhausted":
    case "context_too_long":
      return { code: `llm.${name}`, provider };
    case "no_such_model":
      return { code: "llm.no_such_model", provider, model: "demo" };
    case "unreachable":
      return { code: "llm.unreachable", provider, host: "demo.invalid" };
    case "refused_request":
    case "bad_response":
      return { code: `llm.${name}`, provider, detail: "as the script asked" };
    case "stalled":
      return { code: "llm.stalled", provider, afterMs: 0 };
    default:
      return null;
  }
}

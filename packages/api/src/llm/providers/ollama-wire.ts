import { z } from "zod";
import { type FailureContext, type LlmFailure, toFailure } from "./provider-failure.ts";
import { readErrorValue } from "./upstream-error.ts";

/**
 * Mends what the Ollama client library gets wrong on the wire, both ways:
 * out: it always sends `think` (false would switch thinking off where it is the default), an output limit under a
 * name Ollama does not know, and tool results without the tool's name;
 * in: it drops error lines and broken lines silently (printing them), and takes a cut stream for a finished one.
 * A fault ends the lines and is told by `fault()`, so that whatever came before it is still delivered.
 */
export function mendOllamaWire(fetch: typeof globalThis.fetch, context: FailureContext) {
  let found: LlmFailure | null = null;
  return {
    fault: () => found,
    fetch: (async (input, init) => {
      const response = await fetch(input, { ...init, body: mendRequest(init?.body) });
      if (!response.body) return response;
      const lines = response.body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
        .pipeThrough(checkLines(context, (failure) => (found ??= failure)))
        .pipeThrough(new TextEncoderStream());
      return new Response(lines, { status: response.status, headers: response.headers });
    }) satisfies typeof globalThis.fetch,
  };
}

const call = z.looseObject({ id: z.string(), function: z.looseObject({ name: z.string() }) });
const request = z.looseObject({
  think: z.boolean().optional(),
  messages: z.array(
    z.looseObject({ role: z.string(), tool_call_id: z.string().optional(), tool_calls: z.array(call).optional() }),
  ),
});

function mendRequest(body: RequestInit["body"]): string | null {
  if (typeof body !== "string") return null;
  const { think, max_output_tokens: _unknownToOllama, ...rest } = request.parse(JSON.parse(body));
  const calls = rest.messages.flatMap((message) => message.tool_calls ?? []);
  const messages = rest.messages.map((message) => {
    const name = calls.find(({ id }) => id === message.tool_call_id)?.function.name;
    return message.role === "tool" && name ? { ...message, tool_name: name } : message;
  });
  return JSON.stringify({ ...rest, messages, ...(think ? { think } : {}) });
}

/** What the library insists on is filled in, so that it never meets a line it would drop. */
const line = z.looseObject({
  model: z.string().catch(""),
  created_at: z.string().catch(""),
  done: z.boolean().catch(false),
  done_reason: z.string().optional().catch(undefined),
  message: z
    .looseObject({
      role: z.string().catch("assistant"),
      content: z.string().catch(""),
      thinking: z.string().optional().catch(undefined),
      reasoning_content: z.string().optional().catch(undefined),
    })
    .catch({ role: "assistant", content: "" }),
});

function checkLines(context: FailureContext, report: (failure: LlmFailure) => void): TransformStream<string, string> {
  let rest = "";
  let done = false;
  const bad = (detail: string): LlmFailure => ({ code: "llm.bad_response", provider: context.provider, detail });

  function check(text: string): string | LlmFailure {
    const value = parseJson(text);
    if (value === undefined) return bad("a line of the stream is not JSON");
    if (typeof value === "object" && value !== null && "error" in value) return toFailure(readErrorValue(value, null), context);
    const parsed = line.safeParse(value);
    if (!parsed.success) return bad("a line of the stream does not follow the protocol");
    const { message, done_reason, ...others } = parsed.data;
    const { reasoning_content: reasoning, ...known } = message;
    done = others.done;
    const thinking = message.thinking ?? reasoning;
    return `${JSON.stringify({
      ...others,
      ...(done ? { done_reason: done_reason ?? "stop" } : {}),
      message: thinking === undefined ? known : { ...known, thinking },
    })}\n`;
  }

  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        if (text.trim() === "") continue;
        const checked = check(text);
        if (typeof checked === "string") {
          controller.enqueue(checked);
          continue;
        }
        report(checked);
        return controller.terminate();
      }
    },
    flush(controller) {
      const last = rest.trim() === "" ? "" : check(rest);
      if (typeof last !== "string") return report(last);
      controller.enqueue(last);
      if (!done) report(bad("the answer was cut off before its end"));
    },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

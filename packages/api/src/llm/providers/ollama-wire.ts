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
export function mendOllamaWire(fetch: typeof globalThis.fetch, context: FailureContext): OllamaWire {
  let found: LlmFailure | null = null;
  return {
    fault: () => found,
    async fetch(input, init) {
      const response = await fetch(input, { ...init, body: mendRequest(init?.body) });
      if (!response.body) return response;
      const lines = mendLines(response.body, context, (failure) => (found ??= failure));
      return new Response(ReadableStream.from(lines), { status: response.status, headers: response.headers });
    },
  };
}

type OllamaWire = { fetch: typeof globalThis.fetch; fault: () => LlmFailure | null };

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

/**
 * Ends quietly whatever happens, an abort included: the library cancels its reader without waiting for it, and a
 * body that had failed would turn that into an unhandled rejection, which ends the process.
 */
async function* mendLines(
  body: ReadableStream<Uint8Array>,
  context: FailureContext,
  report: (failure: LlmFailure) => void,
) {
  const bad = (detail: string): LlmFailure => ({ code: "llm.bad_response", provider: context.provider, detail });
  const encoder = new TextEncoder();
  let done = false;
  try {
    for await (const text of toLines(body)) {
      const value = parseJson(text);
      if (typeof value === "object" && value !== null && "error" in value)
        return report(toFailure(readErrorValue(value, null), context));
      const parsed = line.safeParse(value);
      if (!parsed.success) return report(bad("a line of the stream does not follow the protocol"));
      done = parsed.data.done;
      yield encoder.encode(`${JSON.stringify(mendLine(parsed.data))}\n`);
    }
    if (!done) report(bad("the answer was cut off before its end"));
  } catch {
    report(bad("the connection broke"));
  }
}

function mendLine({ message, done_reason, ...others }: z.infer<typeof line>) {
  const { reasoning_content: reasoning, ...known } = message;
  const thinking = message.thinking ?? reasoning;
  return {
    ...others,
    ...(others.done ? { done_reason: done_reason ?? "stop" } : {}),
    message: thinking === undefined ? known : { ...known, thinking },
  };
}

async function* toLines(body: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) if (text.trim() !== "") yield text;
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield rest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

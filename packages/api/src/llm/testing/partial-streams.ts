import type { Wire } from "./model-server.ts";

export type PartialStream = { contentType: string; begin: string; overloaded: string; wide: string };

const sse = (...events: ({ type?: string } & Record<string, unknown>)[]) =>
  events.map((event) => `${event.type ? `event: ${event.type}\n` : ""}data: ${JSON.stringify(event)}\n\n`).join("");
const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

const chat = (content: string) =>
  sse({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] });

const streams: Record<"responses" | "chat" | "anthropic" | "gemini" | "ollama", PartialStream> = {
  chat: {
    contentType: "text/event-stream",
    begin: chat("Hello"),
    wide: chat("世界"),
    overloaded: sse({ error: { message: "Try later", type: "overloaded_error" } }),
  },
  responses: {
    contentType: "text/event-stream",
    begin: sse(
      { type: "response.created", response: { id: "r", created_at: 1, model: "gpt-5" } },
      { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "m" } },
      { type: "response.output_text.delta", item_id: "m", output_index: 0, delta: "Hello" },
    ),
    wide: sse({ type: "response.output_text.delta", item_id: "m", output_index: 0, delta: "世界" }),
    overloaded: sse({
      type: "error",
      sequence_number: 9,
      error: { type: "server_error", code: "server_is_overloaded", message: "Try later" },
    }),
  },
  anthropic: {
    contentType: "text/event-stream",
    begin: sse(
      {
        type: "message_start",
        message: {
          id: "m",
          model: "claude",
          role: "assistant",
          content: [],
          usage: { input_tokens: 1, output_tokens: 0 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
    ),
    wide: sse({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "世界" } }),
    overloaded: sse({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
  },
  gemini: {
    contentType: "text/event-stream",
    begin: sse({ candidates: [{ content: { parts: [{ text: "Hello" }], role: "model" } }] }),
    wide: sse({ candidates: [{ content: { parts: [{ text: "世界" }], role: "model" } }] }),
    overloaded: sse({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }),
  },
  ollama: {
    contentType: "application/x-ndjson",
    begin: lines({ model: "q", created_at: "", message: { role: "assistant", content: "Hello" }, done: false }),
    wide: lines({ model: "q", created_at: "", message: { role: "assistant", content: "世界" }, done: false }),
    overloaded: lines({ error: { message: "server busy, please try again", code: "unavailable" } }),
  },
};

/** The beginning of an answer ("Hello") on a wire, as its provider writes it, and what may follow. */
export function partialStream({ provider, path }: Wire): PartialStream {
  if (provider === "openai") return streams[path.endsWith("/responses") ? "responses" : "chat"];
  return provider === "openai-compatible" || provider === "demo" ? streams.chat : streams[provider];
}

import type { ModelEvent, ModelProvider, ModelRequest } from "../llm/provider.ts";

export const noUsage = { inputTokens: null, outputTokens: null, thinkingTokens: null, cachedInputTokens: null };
export const finish = {
  type: "finish",
  reason: "stop",
  usage: noUsage,
  providerData: null,
} as const satisfies ModelEvent;

/** One request a script got, and the hand on its stream. */
export type Conversation = {
  request: ModelRequest;
  signal: AbortSignal;
  say: (...events: ModelEvent[]) => void;
  /** Says the text and ends. */
  answer: (text: string) => void;
  fail: (error: unknown) => void;
};

/**
 * A model whose every word comes from the test: each request waits in `next()`, and its stream says what the
 * test says, when the test says it.
 */
export function createScriptedProvider() {
  const waiting: Conversation[] = [];
  const takers: ((conversation: Conversation) => void)[] = [];
  let requests = 0;

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    requests++;
    const queue: (ModelEvent | { error: unknown })[] = [];
    let wake = () => {};
    const put = (item: ModelEvent | { error: unknown }) => {
      queue.push(item);
      wake();
    };
    signal.addEventListener("abort", () => put({ error: signal.reason }), { once: true });
    const conversation: Conversation = {
      request,
      signal,
      say: (...events) => events.forEach(put),
      answer: (text) => [{ type: "content" as const, text }, finish].forEach(put),
      fail: (error) => put({ error }),
    };
    const taker = takers.shift();
    if (taker) taker(conversation);
    else waiting.push(conversation);
    for (;;) {
      while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const item = queue.shift();
      if (!item) continue;
      if ("error" in item) throw item.error;
      yield item;
      if (item.type === "finish") return;
    }
  }

  const provider: ModelProvider = { stream, models: async () => [] };
  return {
    provider,
    requestCount: () => requests,
    next: () =>
      new Promise<Conversation>((resolve) => {
        const conversation = waiting.shift();
        if (conversation) resolve(conversation);
        else takers.push(resolve);
      }),
  };
}

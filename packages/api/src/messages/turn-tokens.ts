import type { ModelMessage, ModelUsage } from "../llm/provider.ts";
import { estimateMessagesTokens, estimateTokens } from "../llm/tokens.ts";
import type { UsedTokens } from "../usage/ledger.ts";

/** What a turn's model requests cost, as the providers count; where one says nothing it is estimated, and marked. */
export type TurnTokens = ReturnType<typeof createTurnTokens>;

/** @param carriedOn tokens of the unfinished answer that the turn carries on. */
export function createTurnTokens(carriedOn: number) {
  let output = 0;
  let input = 0;
  let cached = 0;
  let reasoning = 0;
  let conversation: number | null = null;
  let estimated = false;
  let open: { prompt: readonly ModelMessage[]; said: () => string } | null = null;

  function add(inputTokens: number, outputTokens: number): void {
    output += outputTokens;
    input += inputTokens;
    conversation = inputTokens + outputTokens;
    open = null;
  }

  return {
    /** A request goes out. `said` gives all that it has said so far, thinking and tool arguments included. */
    ask(prompt: readonly ModelMessage[], said: () => string): void {
      open = { prompt, said };
    },
    /** The request was refused before it said anything; nobody charges for that. */
    refused(): void {
      open = null;
    },
    answered(usage: ModelUsage): void {
      estimated ||= usage.inputTokens === null || usage.outputTokens === null;
      cached += usage.cachedInputTokens ?? 0;
      reasoning += usage.thinkingTokens ?? 0;
      add(
        usage.inputTokens ?? estimateMessagesTokens(open?.prompt ?? []),
        usage.outputTokens ?? estimateTokens(open?.said() ?? ""),
      );
    },
    /** By the requests that were answered so far. */
    used: () => ({ inputTokens: input, cachedTokens: cached, outputTokens: output }),
    /**
     * All counts, a request included that never came to its end. `text` is all that the message says, for a turn
     * whose counts were lost with its process.
     */
    total(text: string) {
      const unfinished = open?.said() ?? "";
      if (open && unfinished !== "") {
        estimated = true;
        add(estimateMessagesTokens(open.prompt), estimateTokens(unfinished));
      }
      const isLost = conversation === null && text !== "";
      const lost = isLost ? estimateTokens(text) : 0;
      const used: UsedTokens = {
        inputTokens: input,
        outputTokens: isLost ? Math.max(0, lost - carriedOn) : output,
        cachedTokens: cached,
        reasoningTokens: reasoning,
        estimated: estimated || isLost,
      };
      return {
        tokenCount: isLost ? lost : carriedOn + output,
        /** The conversation as the model last saw it, its answer included; null when no request was answered. */
        conversation,
        spent: isLost ? lost : input + output,
        estimated: used.estimated,
        /** For the ledger: by this turn alone. */
        used,
      };
    },
  };
}

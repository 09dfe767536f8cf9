import { backOffMs } from "../../api/back-off.ts";
import type { ApiClient } from "../../api/client.ts";
import { newId } from "../../api/new-id.ts";
import { toProblem } from "../../api/problem.ts";
import { toast } from "../../ui/toast.tsx";

const maxTries = 6;

/** What the composer is set to: it holds for what is asked again, too. A null model leaves it to the session. */
export type Chosen = { llmConfigId: string | null; mcpServerIds: string[] };

/**
 * What a person can do with messages. Each resolves to whether it worked, after saying so when it did not. A call
 * whose answer got lost is repeated: those that start something carry one client id, the rest are harmless twice.
 */
export function createChatActions(client: Pick<ApiClient, "messages">) {
  async function act(call: () => Promise<unknown>): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await call();
        return true;
      } catch (error) {
        const problem = toProblem(error);
        if (problem.kind !== "network" || attempt === maxTries) {
          if (problem.kind !== "signed_out") toast(problem.sentence);
          return false;
        }
        await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, Math.random)));
      }
    }
  }
  const { messages } = client;
  return {
    stop: (messageId: string) => act(() => messages.stop.mutate({ messageId })),
    regenerate(messageId: string, chosen: Chosen) {
      const clientId = newId();
      return act(() => messages.regenerate.mutate({ messageId, clientId, ...chosen }));
    },
    continue(messageId: string) {
      const clientId = newId();
      return act(() => messages.continue.mutate({ messageId, clientId }));
    },
    edit(messageId: string, content: string, chosen: Chosen) {
      const clientId = newId();
      return act(() => messages.edit.mutate({ messageId, content, clientId, ...chosen }));
    },
    showSibling: (messageId: string) => act(() => messages.selectBranch.mutate({ messageId })),
  };
}
export type ChatActions = ReturnType<typeof createChatActions>;

import type { AnswerInteraction } from "@chatee/shared/interactions";
import { useMutation } from "@tanstack/react-query";
import { isNetworkProblem, toProblem } from "../../api/problem.ts";
import { useTRPC } from "../../api/trpc.tsx";
import { toast } from "../../ui/toast.tsx";

const maxTries = 6;

/** Answers one question. The same answer twice is harmless, so one whose receipt got lost is given again. */
export function useAnswer(interactionId: string) {
  const trpc = useTRPC();
  const answer = useMutation(
    trpc.interactions.answer.mutationOptions({
      retry: (count, error) => count < maxTries && isNetworkProblem(error),
      onError: (error) => toast(toProblem(error).sentence),
    }),
  );
  return {
    /** From the first click until the question is gone from the screen. */
    isAnswered: answer.isPending || answer.isSuccess,
    give: (response: AnswerInteraction["response"]) => answer.mutate({ interactionId, response }),
  };
}

import { useMutation } from "@tanstack/react-query";
import { toProblem } from "../../api/problem.ts";
import { toast } from "../../ui/toast.tsx";
import type { Insertion } from "../messages/insertion.ts";
import { isNothing } from "./offer-content.ts";
import type { Taken } from "./offer-content.ts";
import { strings } from "./offers.strings.ts";

export type Taking = {
  isBusy: boolean;
  /** Why the last one came to nothing. */
  problem: string | null;
  take: (fetchIt: () => Promise<Taken>) => void;
  /** Forgets what went wrong. */
  reset: () => void;
};

/** Fetches what was chosen, hands it on and closes. What arrives after the dialog was closed by hand is dropped. */
export function useTaking(props: { onInsert: (insertion: Insertion) => void; onClose: () => void }): Taking {
  const taking = useMutation({ mutationFn: (fetchIt: () => Promise<Taken>) => fetchIt() });
  const isEmpty = taking.data !== undefined && isNothing(taking.data);
  return {
    isBusy: taking.isPending,
    problem: taking.error ? toProblem(taking.error).sentence : isEmpty ? strings.nothingInIt : null,
    take(fetchIt) {
      taking.mutate(fetchIt, {
        // Not called any more once the dialog is gone.
        onSuccess(taken) {
          if (isNothing(taken)) return;
          props.onInsert(taken);
          if (taken.leftOut > 0) toast(strings.leftOut(taken.leftOut));
          props.onClose();
        },
      });
    },
    reset: taking.reset,
  };
}

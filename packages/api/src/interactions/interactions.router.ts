import { answerInteraction, listInteractions } from "@chatee/shared/interactions";
import { procedure, router } from "../trpc.ts";

export const interactionsRouter = router({
  list: procedure
    .input(listInteractions.default({}))
    .query(({ ctx, input }) => ctx.services.interactions.list(ctx.ownerId, input)),
  answer: procedure
    .input(answerInteraction)
    .mutation(({ ctx, input }) => ctx.services.interactions.answer(ctx.ownerId, input)),
  events: procedure.subscription(async function* ({ ctx, signal }) {
    yield* ctx.services.interactions.events(ctx.ownerId, signal ?? new AbortController().signal);
  }),
});

import {
  addParticipant,
  createRoundTable,
  createRoundTableMessage,
  createRoundTableResponse,
  listRoundTableMessages,
  participantRef,
  roundTableRef,
  roundTableResponseRef,
  updateParticipant,
  updateRoundTable,
} from "@chatee/shared/roundtables";
import { procedure, router } from "../trpc.ts";

export const roundtablesRouter = router({
  list: procedure.query(({ ctx }) => ctx.services.roundtables.list(ctx.ownerId)),
  get: procedure
    .input(roundTableRef)
    .query(({ ctx, input }) => ctx.services.roundtables.get(ctx.ownerId, input.roundTableId)),
  create: procedure
    .input(createRoundTable)
    .mutation(({ ctx, input }) => ctx.services.roundtables.create(ctx.ownerId, input)),
  update: procedure
    .input(updateRoundTable)
    .mutation(({ ctx, input }) => ctx.services.roundtables.update(ctx.ownerId, input)),
  delete: procedure.input(roundTableRef).mutation(async ({ ctx, input }) => {
    await ctx.services.roundtables.remove(ctx.ownerId, input.roundTableId);
    return { success: true };
  }),
  addParticipant: procedure
    .input(addParticipant)
    .mutation(({ ctx, input }) => ctx.services.roundtables.addParticipant(ctx.ownerId, input)),
  updateParticipant: procedure
    .input(updateParticipant)
    .mutation(({ ctx, input }) => ctx.services.roundtables.updateParticipant(ctx.ownerId, input)),
  removeParticipant: procedure.input(participantRef).mutation(async ({ ctx, input }) => {
    await ctx.services.roundtables.removeParticipant(ctx.ownerId, input.roundTableId, input.sessionId);
    return { success: true };
  }),
  messages: procedure
    .input(listRoundTableMessages)
    .query(({ ctx, input }) => ctx.services.roundtables.messages(ctx.ownerId, input)),
  send: procedure
    .input(createRoundTableMessage)
    .mutation(({ ctx, input }) => ctx.services.roundtables.send(ctx.ownerId, input)),
  respond: procedure
    .input(createRoundTableResponse)
    .mutation(({ ctx, input }) => ctx.services.roundtables.respond(ctx.ownerId, input)),
  select: procedure
    .input(roundTableResponseRef)
    .mutation(({ ctx, input }) => ctx.services.roundtables.select(ctx.ownerId, input.roundTableId, input.responseId)),
});

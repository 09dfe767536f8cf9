import {
  answerRef,
  createMessage,
  editMessage,
  executeMessage,
  listMessagePage,
  listMessages,
  messageRef,
  searchMessages,
  sendMessage,
  updateMessage,
} from "@chatee/shared/messages";
import { sessionRef } from "@chatee/shared/sessions";
import { procedure, router } from "../trpc.ts";

export const messagesRouter = router({
  list: procedure.input(listMessages).query(({ ctx, input }) => ctx.services.messages.list(ctx.ownerId, input)),
  page: procedure.input(listMessagePage).query(({ ctx, input }) => ctx.services.messages.page(ctx.ownerId, input)),
  get: procedure.input(messageRef).query(({ ctx, input }) => ctx.services.messages.get(ctx.ownerId, input.messageId)),
  search: procedure
    .input(searchMessages)
    .query(async ({ ctx, input }) => ({ hits: await ctx.services.messages.search(ctx.ownerId, input) })),
  create: procedure.input(createMessage).mutation(({ ctx, input }) => ctx.services.messages.create(ctx.ownerId, input)),
  update: procedure.input(updateMessage).mutation(({ ctx, input }) => ctx.services.messages.update(ctx.ownerId, input)),
  delete: procedure
    .input(messageRef.extend({ sessionId: sessionRef.shape.sessionId.optional() }))
    .mutation(async ({ ctx, input }) => {
      await ctx.services.messages.delete(ctx.ownerId, input.messageId, input.sessionId);
      return { success: true };
    }),
  send: procedure.input(sendMessage).mutation(({ ctx, input }) => ctx.services.messages.send(ctx.ownerId, input)),
  stop: procedure
    .input(messageRef)
    .mutation(({ ctx, input }) => ctx.services.messages.stop(ctx.ownerId, input.messageId)),
  regenerate: procedure
    .input(answerRef)
    .mutation(({ ctx, input }) => ctx.services.messages.regenerate(ctx.ownerId, input)),
  continue: procedure.input(answerRef).mutation(({ ctx, input }) => ctx.services.messages.continue(ctx.ownerId, input)),
  edit: procedure.input(editMessage).mutation(({ ctx, input }) => ctx.services.messages.edit(ctx.ownerId, input)),
  selectBranch: procedure.input(messageRef).mutation(async ({ ctx, input }) => {
    await ctx.services.messages.selectBranch(ctx.ownerId, input.messageId);
    return { success: true };
  }),
  execute: procedure
    .input(executeMessage)
    .mutation(({ ctx, input }) => ctx.services.messages.execute(ctx.ownerId, input.messageId)),
  execution: procedure
    .input(messageRef)
    .query(({ ctx, input }) => ctx.services.messages.execution(ctx.ownerId, input.messageId)),
  executions: procedure
    .input(sessionRef)
    .query(({ ctx, input }) => ctx.services.messages.executions(ctx.ownerId, input.sessionId)),
});

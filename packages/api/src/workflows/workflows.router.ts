import { createWorkflow, runWorkflow, updateWorkflow, workflowRef } from "@chatee/shared/workflows";
import { procedure, router } from "../trpc.ts";

export const workflowsRouter = router({
  list: procedure.query(({ ctx }) => ctx.services.workflows.list(ctx.ownerId)),
  get: procedure
    .input(workflowRef)
    .query(({ ctx, input }) => ctx.services.workflows.get(ctx.ownerId, input.workflowId)),
  create: procedure
    .input(createWorkflow)
    .mutation(({ ctx, input }) => ctx.services.workflows.create(ctx.ownerId, input)),
  update: procedure
    .input(updateWorkflow)
    .mutation(({ ctx, input }) => ctx.services.workflows.update(ctx.ownerId, input)),
  delete: procedure.input(workflowRef).mutation(async ({ ctx, input }) => {
    await ctx.services.workflows.remove(ctx.ownerId, input.workflowId);
    return { success: true };
  }),
  run: procedure
    .input(runWorkflow)
    .mutation(({ ctx, input }) => ctx.services.workflows.run(ctx.ownerId, input.workflowId)),
});

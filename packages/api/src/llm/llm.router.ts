import {
  configRef,
  createConfig,
  exportConfigs,
  importConfigs,
  listModels,
  testConfig,
  updateConfig,
} from "@chatee/shared/llm";
import { procedure, router } from "../trpc.ts";

export const llmRouter = router({
  list: procedure.query(({ ctx }) => ctx.services.llm.list(ctx.ownerId)),
  get: procedure.input(configRef).query(({ ctx, input }) => ctx.services.llm.get(ctx.ownerId, input.configId)),
  create: procedure.input(createConfig).mutation(({ ctx, input }) => ctx.services.llm.create(ctx.ownerId, input)),
  update: procedure.input(updateConfig).mutation(({ ctx, input }) => ctx.services.llm.update(ctx.ownerId, input)),
  delete: procedure.input(configRef).mutation(async ({ ctx, input }) => {
    await ctx.services.llm.remove(ctx.ownerId, input.configId);
    return { success: true };
  }),
  /** A mutation, although it reads: it leaves an audit row, and its answer must never be cached. */
  key: procedure.input(configRef).mutation(({ ctx, input }) => ctx.services.llm.key(ctx.ownerId, input.configId)),
  test: procedure
    .input(testConfig)
    .mutation(({ ctx, input, signal }) => ctx.services.llm.test(ctx.ownerId, input, signal)),
  models: procedure
    .input(listModels)
    .query(({ ctx, input, signal }) => ctx.services.llm.models(ctx.ownerId, input, signal)),
  export: procedure.input(exportConfigs).query(({ ctx, input }) => ctx.services.llm.export(ctx.ownerId, input)),
  import: procedure.input(importConfigs).mutation(({ ctx, input }) => ctx.services.llm.import(ctx.ownerId, input)),
});

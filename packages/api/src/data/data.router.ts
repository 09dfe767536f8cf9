import { importConversations } from "@chatee/shared/archive";
import { procedure, router } from "../trpc.ts";

export const dataRouter = router({
  import: procedure.input(importConversations).mutation(async ({ ctx, input }) => ({
    results: await ctx.services.data.import(ctx.ownerId, input.conversations),
  })),
});

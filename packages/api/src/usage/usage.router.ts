import { usageBySession, usageRange, usageSeries } from "@chatee/shared/usage";
import { procedure, router } from "../trpc.ts";

export const usageRouter = router({
  summary: procedure.input(usageRange).query(({ ctx, input }) => ctx.services.usage.summary(ctx.ownerId, input)),
  series: procedure.input(usageSeries).query(async ({ ctx, input }) => ({
    points: await ctx.services.usage.series(ctx.ownerId, input),
  })),
  bySession: procedure.input(usageBySession).query(async ({ ctx, input }) => ({
    sessions: await ctx.services.usage.bySession(ctx.ownerId, input),
  })),
});

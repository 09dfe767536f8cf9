import { procedure, router } from "../trpc.ts";

export const systemRouter = router({
  health: procedure.query(({ ctx }) => ctx.services.system.health()),
  info: procedure.query(({ ctx }) => ctx.services.system.info()),
});

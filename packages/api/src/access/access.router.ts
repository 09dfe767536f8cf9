import { listAudit } from "@chatee/shared/access";
import { procedure, router } from "../trpc.ts";

/** Tokens themselves are listed, made and ended over HTTP, beside the door they open. */
export const accessRouter = router({
  audit: procedure.input(listAudit.prefault({})).query(({ ctx, input }) => ctx.services.audit.list(ctx.ownerId, input)),
});

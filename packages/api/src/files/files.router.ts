import { deleteFile, fileRef, listFiles } from "@chatee/shared/files";
import { procedure, router } from "../trpc.ts";

/** Uploads and downloads are streams, and go over HTTP. */
export const filesRouter = router({
  list: procedure.input(listFiles.prefault({})).query(({ ctx, input }) => ctx.services.files.list(ctx.ownerId, input)),
  get: procedure.input(fileRef).query(({ ctx, input }) => ctx.services.files.get(ctx.ownerId, input.fileId)),
  delete: procedure.input(deleteFile).mutation(async ({ ctx, input }) => {
    await ctx.services.files.remove(ctx.ownerId, input);
    return { success: true };
  }),
});

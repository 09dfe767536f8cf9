import type { Context } from "./context.ts";

/** More than this is not sent on top: whatever else is to be said waits for the reader. */
export const pauseAboveBytes = 1024 * 1024;
/** More than this is a reader that is far behind. */
export const dropAboveBytes = 4 * 1024 * 1024;
const patiencePauses = 400;

/**
 * Holds a stream back while its reader does not keep up, so that its queue does not grow. A reader that is far
 * behind and stays so is dropped, alone, and resumes; it gets some seconds, because one event may be that large,
 * and whoever reads slowly would be sent the same one for ever.
 */
export async function untilSent(ctx: Context, signal: AbortSignal): Promise<void> {
  for (let pauses = 0; ctx.queuedBytes() > pauseAboveBytes && !signal.aborted; pauses++) {
    if (pauses >= patiencePauses && ctx.queuedBytes() > dropAboveBytes) return await dropped(ctx, signal);
    await ctx.pause(signal);
  }
}

/** Says nothing more: an end of the stream would tell the client that there is nothing to resume. */
async function dropped(ctx: Context, signal: AbortSignal): Promise<void> {
  ctx.dropSocket();
  while (!signal.aborted) await ctx.pause(signal);
}

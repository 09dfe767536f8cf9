import { id } from "@chatee/shared/ids";
import { importSession, importSessionFile } from "@chatee/shared/session-export";
import { createSession, listSessions, sessionRef, updateSession } from "@chatee/shared/sessions";
import { followSession } from "@chatee/shared/stream-event";
import { tracked } from "@trpc/server";
import type { Context } from "../context.ts";
import { procedure, router } from "../trpc.ts";

const pauseAboveBytes = 1024 * 1024;
const dropAboveBytes = 4 * 1024 * 1024;
const patiencePauses = 400;

/**
 * Holds a stream back while its reader does not keep up, so that its queue does not grow. A reader that is far
 * behind and stays so is dropped, alone, and resumes; it gets some seconds, because one event may be that large,
 * and whoever reads slowly would be sent the same one for ever.
 */
async function untilSent(ctx: Context, signal: AbortSignal): Promise<void> {
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

export const sessionsRouter = router({
  list: procedure
    .input(listSessions.default({ limit: 50 }))
    .query(({ ctx, input }) => ctx.services.sessions.list(ctx.ownerId, input)),
  get: procedure.input(sessionRef).query(({ ctx, input }) => ctx.services.sessions.get(ctx.ownerId, input.sessionId)),
  create: procedure
    .input(createSession.default({ sessionType: "memory" }))
    .mutation(({ ctx, input }) => ctx.services.sessions.create(ctx.ownerId, input)),
  update: procedure.input(updateSession).mutation(({ ctx, input }) => ctx.services.sessions.update(ctx.ownerId, input)),
  delete: procedure.input(sessionRef).mutation(async ({ ctx, input }) => {
    await ctx.services.sessions.delete(ctx.ownerId, input.sessionId);
    return { success: true };
  }),
  summarize: procedure
    .input(sessionRef.extend({ llmConfigId: id.nullish() }))
    .mutation(({ ctx, input, signal }) =>
      ctx.services.sessions.summarize(
        ctx.ownerId,
        input.sessionId,
        input.llmConfigId ?? null,
        signal ?? new AbortController().signal,
      ),
    ),
  summaries: procedure.input(sessionRef).query(async ({ ctx, input }) => ({
    summaries: await ctx.services.sessions.summaries(ctx.ownerId, input.sessionId),
  })),
  clearSummaries: procedure.input(sessionRef).mutation(async ({ ctx, input }) => {
    await ctx.services.sessions.clearSummaries(ctx.ownerId, input.sessionId);
    return { success: true };
  }),
  export: procedure
    .input(sessionRef)
    .query(({ ctx, input }) => ctx.services.sessions.export(ctx.ownerId, input.sessionId)),
  import: procedure.input(importSession).mutation(({ ctx, input }) => ctx.services.sessions.import(ctx.ownerId, input)),
  importFile: procedure
    .input(importSessionFile)
    .mutation(({ ctx, input }) => ctx.services.sessions.importFile(ctx.ownerId, input.file)),
  changes: procedure.subscription(async function* ({ ctx, signal }) {
    yield* ctx.services.sessions.changes(ctx.ownerId, signal ?? new AbortController().signal);
  }),
  events: procedure.input(followSession).subscription(async function* ({ ctx, input, signal }) {
    const ended = signal ?? new AbortController().signal;
    const request = {
      ownerId: ctx.ownerId,
      sessionId: input.sessionId,
      lastEventId: input.lastEventId ?? null,
      signal: ended,
    };
    for await (const { eventId, event } of ctx.services.sessions.events(request)) {
      yield tracked(eventId, event);
      if (ctx.queuedBytes() > pauseAboveBytes) await untilSent(ctx, ended);
    }
  }),
});

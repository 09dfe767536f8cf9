import { id } from "@chatee/shared/ids";
import { importSession, importSessionFile } from "@chatee/shared/session-export";
import { createSession, listSessions, sessionRef, updateSession } from "@chatee/shared/sessions";
import { followSession } from "@chatee/shared/stream-event";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { tracked } from "@trpc/server";
import { pauseAboveBytes, untilSent } from "../back-pressure.ts";
import { procedure, router } from "../trpc.ts";

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
  events: procedure.input(followSession).subscription(({ ctx, input, signal }) => {
    const ended = signal ?? new AbortController().signal;
    const { sessionId, lastEventId = null } = input;
    const request = { ownerId: ctx.ownerId, sessionId, lastEventId, signal: ended };
    return ctx.services.sessions.follow(request, {
      as: tracked<FollowedEvent>,
      taken: () => (ctx.queuedBytes() > pauseAboveBytes ? untilSent(ctx, ended) : undefined),
    });
  }),
});

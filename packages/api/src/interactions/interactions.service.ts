import { isDeepStrictEqual } from "node:util";
import type { InteractionRow, InteractionStore } from "@chatee/db/interactions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import { approvalResponse, elicitationResponse } from "@chatee/shared/interactions";
import type { AnswerInteraction, Interaction, InteractionRequest } from "@chatee/shared/interactions";
import type { Json } from "@chatee/shared/json";
import type { StreamEvent } from "@chatee/shared/stream-event";
import type { Environment } from "../environment.ts";
import { inputFailure } from "../input-failure.ts";
import type { EventLog } from "../streams/event-log.ts";
import { ringOrTime } from "../streams/ring-or-time.ts";
import type { Wakes } from "../streams/wakes.ts";

export type InteractionsDeps = {
  store: InteractionStore;
  log: EventLog;
  wakes: Wakes;
  environment: Environment;
  /** How long a change of the list may go unseen, when its wake was lost or there was none. */
  lookAgainMs: number;
  write: (...statements: Statement[]) => Promise<number[]>;
};

/** What a question is about. Without a session it came up in a call somebody made by hand. */
export type Question = InteractionRequest & {
  ownerId: string;
  sessionId: string | null;
  messageId: string | null;
  runId: string | null;
  toolCallId: string | null;
  serverId: string | null;
  /** Nobody waits longer. */
  lifetimeMs: number;
};

export type Interactions = ReturnType<typeof createInteractionService>;

/** How long an answer may go unheard when its wake was lost. */
const answerAgainMs = 1_000;
/** Whoever waits ends a question by a clock that nobody sets. By the other it is only forgotten, when nobody waited. */
const clockSlackMs = 25 * 3_600_000;
const settledLifetimeMs = 30 * 86_400_000;
const topicOf = (interactionId: string) => `interaction:${interactionId}`;
/** Rings when an owner is asked something, or a question of theirs is settled. */
const ownerTopic = (ownerId: string) => `interactions:${ownerId}`;

/** Questions to the owner: stored before they are shown, and answered once, from any screen and through any process. */
export function createInteractionService(deps: InteractionsDeps) {
  const { store, log, wakes, environment, write } = deps;
  const isLeft = (row: InteractionRow) => row.expiresAtMs + clockSlackMs <= environment.now();
  const told = (type: "interaction.opened" | "interaction.answered", interaction: Interaction): Statement[] =>
    interaction.sessionId === null ? [] : log.append(interaction.sessionId, [{ type, interaction }]);

  function announce({ interactionId, sessionId }: Interaction, ownerId: string): void {
    wakes.wake(topicOf(interactionId));
    wakes.wake(ownerTopic(ownerId));
    if (sessionId !== null) log.announce(sessionId);
  }

  /** @throws DomainError `interaction.not_found` */
  async function find(ownerId: string, interactionId: string): Promise<InteractionRow> {
    const row = await store.find(ownerId, interactionId);
    if (!row) throw new DomainError({ code: "interaction.not_found", interactionId });
    return row;
  }

  /** Null when somebody settled it before. */
  async function settle(
    row: InteractionRow,
    end: { status: "answered" | "expired"; response: Json },
  ): Promise<Interaction | null> {
    const atMs = environment.now();
    const settled = toInteraction({ ...row, ...end, answeredAtMs: atMs });
    try {
      await write(
        store.settle(row.ownerId, row.interactionId, { ...end, atMs }),
        ...told("interaction.answered", settled),
      );
    } catch (error) {
      if (error instanceof NothingTouched) return null;
      throw error;
    }
    announce(settled, row.ownerId);
    return settled;
  }

  async function untilSettled(row: InteractionRow, signal: AbortSignal): Promise<Interaction> {
    using bell = wakes.listen(topicOf(row.interactionId));
    const startedMs = environment.elapsedMs();
    for (;;) {
      signal.throwIfAborted();
      const now = await store.find(row.ownerId, row.interactionId);
      if (!now) return toInteraction({ ...row, status: "expired" });
      if (now.status !== "open") return toInteraction(now);
      const leftMs = row.expiresAtMs - row.createdAtMs - (environment.elapsedMs() - startedMs);
      if (leftMs <= 0) {
        const expired = await settle(now, { status: "expired", response: null });
        if (expired) return expired;
        continue;
      }
      await ringOrTime(bell, environment, Math.min(answerAgainMs, leftMs), signal);
    }
  }

  return {
    /**
     * Asks, and resolves when the question is settled, one way or the other. When `signal` aborts it rejects with its
     * reason; the question then expires with its run, or, when that goes on (`runSignal`), here.
     */
    async ask(question: Question, signal: AbortSignal, runSignal: AbortSignal = signal): Promise<Interaction> {
      const { lifetimeMs, request, ...about } = question;
      const nowMs = environment.now();
      const row: InteractionRow = {
        ...about,
        interactionId: environment.newId(),
        request,
        response: null,
        status: "open",
        createdAtMs: nowMs,
        answeredAtMs: null,
        expiresAtMs: nowMs + lifetimeMs,
      };
      const { status: _status, response: _response, answeredAtMs: _at, ...asked } = row;
      const opened = toInteraction(row);
      signal.throwIfAborted();
      await write(
        ...store.open(asked),
        store.removeSettled(row.ownerId, nowMs - settledLifetimeMs),
        ...told("interaction.opened", opened),
      );
      announce(opened, row.ownerId);
      try {
        return await untilSettled(row, signal);
      } catch (error) {
        const endsWithRun = row.runId !== null && runSignal.aborted;
        if (signal.aborted && !endsWithRun) await settle(row, { status: "expired", response: null });
        throw error;
      }
    },
    async list(ownerId: string, filter: { sessionId?: string | undefined }): Promise<{ interactions: Interaction[] }> {
      const rows = await store.listOpen(ownerId, environment.now() - clockSlackMs, filter.sessionId);
      return { interactions: rows.map(toInteraction) };
    },
    /** Everything that waits for an answer, at first and after each change, for as long as somebody listens. */
    async *events(ownerId: string, signal: AbortSignal): AsyncGenerator<{ interactions: Interaction[] }, void, void> {
      using bell = wakes.listen(ownerTopic(ownerId));
      let told: string | null = null;
      while (!signal.aborted) {
        const open = await this.list(ownerId, {});
        const ids = open.interactions.map(({ interactionId }) => interactionId).join(" ");
        if (ids !== told) yield open;
        told = ids;
        await ringOrTime(bell, environment, deps.lookAgainMs, signal);
      }
    },
    /**
     * The first answer counts; the same once more is harmless.
     *
     * @throws DomainError `interaction.closed` when it has another answer, or nobody waits any more
     */
    async answer(ownerId: string, { interactionId, response }: AnswerInteraction): Promise<Interaction> {
      const row = await find(ownerId, interactionId);
      const schema = row.kind === "approval" ? approvalResponse : elicitationResponse;
      const parsed = schema.safeParse(response);
      if (!parsed.success) throw new DomainError(inputFailure(parsed.error));
      const answer = parsed.data as Json;
      if (row.status === "open" && !isLeft(row)) {
        const settled = await settle(row, { status: "answered", response: answer });
        if (settled) return settled;
      }
      const now = await find(ownerId, interactionId);
      if (now.status === "answered" && isDeepStrictEqual(now.response, answer)) return toInteraction(now);
      const status = now.status === "answered" ? "answered" : "expired";
      throw new DomainError({ code: "interaction.closed", interactionId, status });
    },
    /** What the terminal write of a run holds, so that nothing it asked stays open. */
    async endOf(run: { runId: string }, atMs: number): Promise<{ statements: Statement[]; events: StreamEvent[] }> {
      const rows = await store.openOfRun(run.runId);
      return {
        statements: [store.expireRun(run.runId, atMs)],
        events: rows.map((row) => ({
          type: "interaction.answered",
          interaction: toInteraction({ ...row, status: "expired", answeredAtMs: atMs }),
        })),
      };
    },
    expireRun: store.expireRun,
    removeSession: store.removeSession,
  };
}

function toInteraction(row: InteractionRow): Interaction {
  const { ownerId: _owner, runId: _run, ...shown } = row;
  return shown as unknown as Interaction;
}

import type { SeatedSession } from "@chatee/db/roundtables.seats.store";
import type { RoundTableRow, RoundTableStore } from "@chatee/db/roundtables.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import { DomainError } from "@chatee/shared/failure";
import type { AddParticipant, Participant, UpdateParticipant } from "@chatee/shared/roundtables";
import type { Environment } from "../environment.ts";

type SeatDeps = {
  store: RoundTableStore;
  /** @throws DomainError `roundtable.not_found` */
  row: (ownerId: string, roundTableId: string) => Promise<RoundTableRow>;
  environment: Pick<Environment, "now">;
};

/** Who sits at a round table. A seat belongs to a session and shows its name, face and model as they are now. */
export function createSeats({ store, row, environment }: SeatDeps) {
  /** In the order they sat down. */
  async function participants(ownerId: string, roundTableId: string): Promise<Participant[]> {
    return (await store.listParticipants(ownerId, roundTableId)).map(toParticipant);
  }

  async function participant(
    ownerId: string,
    roundTableId: string,
    sessionId: string,
  ): Promise<{ participant: Participant }> {
    const found = (await participants(ownerId, roundTableId)).find((one) => one.sessionId === sessionId);
    if (!found) throw new DomainError({ code: "participant.not_found", roundTableId, sessionId });
    return { participant: found };
  }

  return {
    participants,
    async add(ownerId: string, input: AddParticipant): Promise<{ participant: Participant }> {
      const { roundTableId, sessionId } = input;
      await row(ownerId, roundTableId);
      const seat = {
        roundTableId,
        sessionId,
        customLlmConfigId: input.customLlmConfigId ?? null,
        customSystemPrompt: input.customSystemPrompt ?? null,
        joinedAtMs: environment.now(),
      };
      let isSeated = false;
      const isFree = await unlessTaken(store.addParticipant(ownerId, seat).then((seated) => (isSeated = seated)));
      if (!isFree) throw new DomainError({ code: "participant.exists", roundTableId, sessionId });
      if (!isSeated) throw new DomainError({ code: "session.not_found", sessionId });
      return participant(ownerId, roundTableId, sessionId);
    },
    async update(ownerId: string, input: UpdateParticipant): Promise<{ participant: Participant }> {
      const { roundTableId, sessionId, customLlmConfigId, customSystemPrompt } = input;
      await row(ownerId, roundTableId);
      if (customLlmConfigId !== undefined || customSystemPrompt !== undefined) {
        await store.updateParticipant(ownerId, roundTableId, sessionId, { customLlmConfigId, customSystemPrompt });
      }
      return participant(ownerId, roundTableId, sessionId);
    },
    /** What the session said at the table stays. */
    async remove(ownerId: string, roundTableId: string, sessionId: string): Promise<void> {
      await row(ownerId, roundTableId);
      if (!(await store.removeParticipant(ownerId, roundTableId, sessionId, environment.now()))) {
        throw new DomainError({ code: "participant.not_found", roundTableId, sessionId });
      }
    },
  };
}

function toParticipant({ title, name, llmConfigId, systemPrompt, ...seat }: SeatedSession): Participant {
  return {
    ...seat,
    name: name ?? title,
    llmConfigId: seat.customLlmConfigId ?? llmConfigId,
    systemPrompt: seat.customSystemPrompt ?? systemPrompt,
  };
}

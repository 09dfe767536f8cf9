import { unlessTaken } from "@chatee/db/unless-taken";
import type { RoundTableRow, RoundTableStore } from "@chatee/db/roundtables.store";
import type { SessionStore } from "@chatee/db/sessions.store";
import { DomainError } from "@chatee/shared/failure";
import { roundTableStatus } from "@chatee/shared/roundtables";
import type { CreateRoundTable, RoundTable, RoundTableDetail, UpdateRoundTable } from "@chatee/shared/roundtables";
import type { Environment } from "../environment.ts";
import { createSeats } from "./roundtables.service-seats.ts";
import { createTalk } from "./roundtables.service-talk.ts";

export type RoundTableDeps = {
  store: RoundTableStore;
  sessions: Pick<SessionStore, "findMany">;
  environment: Pick<Environment, "now" | "newId">;
};

const maxListed = 1000;

export type RoundTableService = ReturnType<typeof createRoundTableService>;

export function createRoundTableService({ store, sessions, environment }: RoundTableDeps) {
  async function row(ownerId: string, roundTableId: string): Promise<RoundTableRow> {
    const found = await store.find(ownerId, roundTableId);
    if (!found) throw new DomainError({ code: "roundtable.not_found", roundTableId });
    return found;
  }
  const seats = createSeats({ store, row, environment });

  return {
    /** The 1,000 that were active last; `total` counts all. */
    async list(ownerId: string): Promise<{ roundTables: RoundTable[]; total: number }> {
      const [rows, total] = await Promise.all([store.list(ownerId, { limit: maxListed }), store.count(ownerId)]);
      return { roundTables: rows.map(toRoundTable), total };
    },
    async get(ownerId: string, roundTableId: string): Promise<RoundTableDetail> {
      return {
        ...toRoundTable(await row(ownerId, roundTableId)),
        participants: await seats.participants(ownerId, roundTableId),
      };
    },
    /** The same id with the same name again answers with what is stored. */
    async create(ownerId: string, input: CreateRoundTable): Promise<RoundTable> {
      const roundTableId = input.roundTableId ?? environment.newId();
      const isNew = await unlessTaken(
        store.insert(ownerId, { roundTableId, name: input.name, createdAtMs: environment.now() }),
      );
      const stored = await store.find(ownerId, roundTableId);
      if (stored && (isNew || stored.name === input.name)) return toRoundTable(stored);
      throw new DomainError({ code: "roundtable.exists", roundTableId });
    },
    /** What is absent stays as it is. */
    async update(ownerId: string, { roundTableId, name, status }: UpdateRoundTable): Promise<RoundTable> {
      if (!(await store.update(ownerId, roundTableId, { name, status, updatedAtMs: environment.now() }))) {
        throw new DomainError({ code: "roundtable.not_found", roundTableId });
      }
      return toRoundTable(await row(ownerId, roundTableId));
    },
    /** With its seats, messages and responses. */
    async remove(ownerId: string, roundTableId: string): Promise<void> {
      if (!(await store.remove(ownerId, roundTableId)))
        throw new DomainError({ code: "roundtable.not_found", roundTableId });
    },
    addParticipant: seats.add,
    updateParticipant: seats.update,
    removeParticipant: seats.remove,
    ...createTalk({ store, sessions, row, environment }),
  };
}

function toRoundTable({ ownerId: _owner, lastSeq: _seq, status, ...row }: RoundTableRow): RoundTable {
  return { ...row, status: roundTableStatus.parse(status) };
}

import type { RoundTableMessageRow, RoundTableResponseRow } from "@chatee/db/roundtables.messages.store";
import type { RoundTableRow, RoundTableStore } from "@chatee/db/roundtables.store";
import type { SessionStore } from "@chatee/db/sessions.store";
import { unlessTaken } from "@chatee/db/unless-taken";
import { DomainError } from "@chatee/shared/failure";
import { senderType } from "@chatee/shared/roundtables";
import type {
  CreateRoundTableMessage,
  CreateRoundTableResponse,
  ListRoundTableMessages,
  RoundTableMessage,
  RoundTableMessagePage,
  RoundTableResponse,
} from "@chatee/shared/roundtables";
import type { Environment } from "../environment.ts";

type TalkDeps = {
  store: RoundTableStore;
  sessions: Pick<SessionStore, "findMany">;
  /** @throws DomainError `roundtable.not_found` */
  row: (ownerId: string, roundTableId: string) => Promise<RoundTableRow>;
  environment: Pick<Environment, "now" | "newId">;
};

type Agent = { agentName: string | null; agentAvatar: string | null };

/** A face is repeated on every message, so a page must not carry a large one fifty times. */
const maxAvatarChars = 64 * 1024;

/** What is said at a round table: messages in order, and to each any number of responses. Nobody is asked to speak here. */
export function createTalk({ store, sessions, row, environment }: TalkDeps) {
  async function agents(ownerId: string, ids: (string | null)[]): Promise<(id: string | null) => Agent> {
    const wanted = [...new Set(ids.filter((id) => id !== null))];
    const found = new Map((await sessions.findMany(ownerId, wanted)).map((session) => [session.sessionId, session]));
    return (id) => {
      const session = id === null ? undefined : found.get(id);
      if (!session) return { agentName: null, agentAvatar: null };
      const { name, title, avatar } = session;
      return { agentName: name ?? title, agentAvatar: avatar && avatar.length <= maxAvatarChars ? avatar : null };
    };
  }

  async function toMessages(
    ownerId: string,
    roundTableId: string,
    rows: RoundTableMessageRow[],
  ): Promise<RoundTableMessage[]> {
    const responses = await store.listResponses(
      ownerId,
      roundTableId,
      rows.map(({ messageId }) => messageId),
    );
    const agentOf = await agents(ownerId, [
      ...rows.map((one) => one.senderAgentId),
      ...responses.map((one) => one.agentId),
    ]);
    const byMessage = Map.groupBy(responses, ({ messageId }) => messageId);
    return rows.map(({ ownerId: _owner, seq: _seq, ...message }) => ({
      ...message,
      ...agentOf(message.senderAgentId),
      senderType: senderType.parse(message.senderType),
      responses: (byMessage.get(message.messageId) ?? []).map((one) => toResponse(one, agentOf)),
    }));
  }

  async function storedMessage(
    ownerId: string,
    roundTableId: string,
    messageId: string,
  ): Promise<RoundTableMessage | undefined> {
    const found = await store.findMessage(ownerId, roundTableId, messageId);
    return found && (await toMessages(ownerId, roundTableId, [found]))[0];
  }

  async function storedResponse(
    ownerId: string,
    roundTableId: string,
    responseId: string,
  ): Promise<RoundTableResponse> {
    const found = await store.findResponse(ownerId, roundTableId, responseId);
    if (!found) throw new DomainError({ code: "roundtable.response_not_found", roundTableId, responseId });
    return toResponse(found, await agents(ownerId, [found.agentId]));
  }

  return {
    /** Page 1 is the oldest; a page past the end is empty. */
    async messages(ownerId: string, input: ListRoundTableMessages): Promise<RoundTableMessagePage> {
      const { roundTableId, page, pageSize } = input;
      await row(ownerId, roundTableId);
      const { messages, total } = await store.listMessages(ownerId, roundTableId, { page, pageSize });
      const totalPages = Math.ceil(total / pageSize);
      return { messages: await toMessages(ownerId, roundTableId, messages), total, page, pageSize, totalPages };
    },
    /** Stores the message as given. The same id again at the same table answers with the stored one. */
    async send(ownerId: string, input: CreateRoundTableMessage): Promise<RoundTableMessage> {
      const { roundTableId, replyToMessageId = null } = input;
      await row(ownerId, roundTableId);
      if (replyToMessageId !== null && !(await store.findMessage(ownerId, roundTableId, replyToMessageId))) {
        throw new DomainError({ code: "roundtable.message_not_found", roundTableId, messageId: replyToMessageId });
      }
      const messageId = input.messageId ?? environment.newId();
      const { senderType, content, isRaiseHand, senderAgentId = null, mentions = null, media = null } = input;
      const said = {
        roundTableId,
        messageId,
        senderType,
        senderAgentId,
        content,
        mentions,
        isRaiseHand,
        media,
        replyToMessageId,
      };
      await unlessTaken(store.addMessage(ownerId, { ...said, createdAtMs: environment.now() }));
      const stored = await storedMessage(ownerId, roundTableId, messageId);
      if (!stored) throw new DomainError({ code: "message.exists", messageId });
      return stored;
    },
    /** Stores a response as given. The same id again to the same message answers with the stored one. */
    async respond(ownerId: string, input: CreateRoundTableResponse): Promise<RoundTableResponse> {
      const { roundTableId, messageId, agentId, content, thinking = null, toolCalls = null } = input;
      await row(ownerId, roundTableId);
      if (!(await store.findMessage(ownerId, roundTableId, messageId))) {
        throw new DomainError({ code: "roundtable.message_not_found", roundTableId, messageId });
      }
      const responseId = input.responseId ?? environment.newId();
      const response = { roundTableId, messageId, responseId, agentId, content, thinking, toolCalls };
      if (!(await unlessTaken(store.addResponse(ownerId, { ...response, createdAtMs: environment.now() })))) {
        const taken = await store.findResponse(ownerId, roundTableId, responseId);
        if (taken?.messageId !== messageId) {
          throw new DomainError({
            code: "input.invalid",
            issues: [{ path: "responseId", message: "is taken by another response" }],
          });
        }
      }
      return storedResponse(ownerId, roundTableId, responseId);
    },
    /** Makes it the one selected response of its message. */
    async select(ownerId: string, roundTableId: string, responseId: string): Promise<RoundTableResponse> {
      await row(ownerId, roundTableId);
      await store.select(ownerId, roundTableId, responseId);
      return storedResponse(ownerId, roundTableId, responseId);
    },
  };
}

function toResponse(row: RoundTableResponseRow, agentOf: (id: string) => Agent): RoundTableResponse {
  const { ownerId: _owner, roundTableId: _table, ...response } = row;
  return { ...response, ...agentOf(row.agentId) };
}

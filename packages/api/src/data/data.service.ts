import { hash } from "node:crypto";
import type { MessageStore } from "@chatee/db/messages.store";
import type { SessionStore } from "@chatee/db/sessions.store";
import { isUniqueViolation } from "@chatee/db/violations";
import { readConversation } from "@chatee/shared/archive";
import type { ArchivedConversation, ConversationImport } from "@chatee/shared/archive";
import { DomainError } from "@chatee/shared/failure";
import type { FilePage, StoredFile } from "@chatee/shared/files";
import { exceededBound } from "../json-bounds.ts";
import type { ImportSession } from "@chatee/shared/session-export";
import type { Environment } from "../environment.ts";
import type { FileService } from "../files/files.service.ts";
import type { createSessionTransfer } from "../sessions/session-transfer.ts";
import type { EventLog } from "../streams/event-log.ts";

export type DataServiceDeps = {
  sessions: SessionStore;
  messages: MessageStore;
  log: Pick<EventLog, "bounds">;
  transfer: ReturnType<typeof createSessionTransfer>;
  fileService: Pick<FileService, "list" | "open">;
  environment: Environment;
};
export type DataService = ReturnType<typeof createDataService>;

const maxNodes = 2_000_000;
const pageSize = 200;
/** How often one conversation may be taken in again after it was deleted. */
const maxLives = 50;

/** Everything a person has, out into one file and in from other places. */
export function createDataService(deps: DataServiceDeps) {
  const { sessions, messages, log, transfer, fileService, environment } = deps;

  /** The id that this conversation has, or would have: the same each time, for this owner alone. Null: it is there. */
  async function placeOf(ownerId: string, { source, sourceId }: ArchivedConversation) {
    for (let life = 0; life < maxLives; life++) {
      const sessionId = derivedId([ownerId, source, sourceId, life]);
      if (await sessions.find(ownerId, sessionId)) return { sessionId, isTaken: true };
      // A session that was deleted leaves its stream behind, and its id with it.
      if ((await log.bounds(sessionId)).headSeq === 0) return { sessionId, isTaken: false };
    }
    throw new DomainError({ code: "session.exists", sessionId: derivedId([ownerId, source, sourceId, 0]) });
  }

  async function importOne(ownerId: string, text: string): Promise<ConversationImport> {
    const read = readConversation(text);
    if ("problem" in read) return { outcome: "skipped", problem: read.problem, title: read.title, left: 0 };
    const { file, left } = read;
    const { title } = file.session;
    if (exceededBound(file, maxNodes) !== null) return { outcome: "skipped", problem: "invalid", title, left };
    const original = read.source === "chatee" ? await messages.find(ownerId, read.sourceId) : undefined;
    if (original) return { outcome: "present", sessionId: original.sessionId, title, left };
    const { sessionId, isTaken } = await placeOf(ownerId, read);
    const idOf = (messageId: string) => derivedId([sessionId, messageId]);
    if (isTaken) return { ...(await growOne(ownerId, file, { sessionId, idOf })), title, left };
    const newest = file.messages.reduce((last, { createdAtMs }) => Math.max(last, createdAtMs), 0);
    try {
      await transfer.store(ownerId, file, {
        sessionId,
        idOf,
        atMs: Math.min(newest || environment.now(), environment.now()),
      });
    } catch (error) {
      // Somebody took the same conversation in at the same moment.
      if (isUniqueViolation(error)) return { outcome: "present", sessionId, title, left };
      if (error instanceof DomainError) return { outcome: "skipped", problem: "invalid", title, left };
      throw error;
    }
    return { outcome: "imported", sessionId, messages: file.messages.length, title, left };
  }

  async function growOne(
    ownerId: string,
    file: ImportSession,
    place: { sessionId: string; idOf: (id: string) => string },
  ) {
    const { sessionId } = place;
    try {
      const messages = await transfer.grow(ownerId, file, place);
      return messages === 0
        ? { outcome: "present" as const, sessionId }
        : { outcome: "grown" as const, sessionId, messages };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const problem = error.failure.code === "session.busy" ? "busy" : "invalid";
      return { outcome: "skipped" as const, problem } as const;
    }
  }

  return {
    /**
     * Takes in conversations of any archive, each wholly or not at all, in order. One that was taken in before gets what
     * was said since and nothing twice, so whoever does not hear the answer asks again.
     */
    async import(ownerId: string, conversations: string[]): Promise<ConversationImport[]> {
      const results: ConversationImport[] = [];
      for (const text of conversations) {
        results.push(await importOne(ownerId, text));
        await environment.wait(0);
      }
      return results;
    },
    /** Every session that is listed, with all its branches, as pieces of one JSON file; holds one session at a time. */
    async *export(ownerId: string): AsyncGenerator<string> {
      const ids: string[] = [];
      let after: { updatedAtMs: number; sessionId: string } | undefined;
      for (;;) {
        const page = await sessions.list(ownerId, { limit: pageSize, after });
        ids.push(...page.map(({ sessionId }) => sessionId));
        after = page.at(-1);
        if (page.length < pageSize) break;
      }
      yield `{"version":"1.0","exportType":"sessions","exportedAtMs":${environment.now()},"sessions":[`;
      let separator = "\n";
      for (const sessionId of new Set(ids)) {
        const file = await transfer.export(ownerId, sessionId).catch((error: unknown) => {
          // It was deleted meanwhile.
          if (error instanceof DomainError) return null;
          throw error;
        });
        if (!file) continue;
        yield separator + JSON.stringify(file);
        separator = ",\n";
      }
      yield "\n]}\n";
    },
    /** Every uploaded file, newest first. What is removed meanwhile, or has lost its bytes, is left out. */
    async *files(ownerId: string): AsyncGenerator<{ file: StoredFile; content: AsyncIterable<Uint8Array> }> {
      let cursor: string | null = null;
      do {
        const page: FilePage = await fileService.list(ownerId, { limit: pageSize, cursor });
        for (const { fileId } of page.files) {
          const opened = await fileService.open(ownerId, fileId).catch((error: unknown) => {
            if (error instanceof DomainError) return null;
            throw error;
          });
          if (opened) yield { file: opened.file, content: opened.read() };
        }
        cursor = page.nextCursor;
      } while (cursor !== null);
    },
  };
}

/** A UUID that says nothing of what it is made from. */
function derivedId(from: readonly unknown[]): string {
  const hex = hash("sha256", JSON.stringify(from));
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

import type { MessageStore } from "@chatee/db/messages.store";
import type { SessionStore } from "@chatee/db/sessions.store";
import { NothingTouched } from "@chatee/db/statements";
import type { Statement } from "@chatee/db/statements";
import { DomainError } from "@chatee/shared/failure";
import type { Environment } from "../environment.ts";
import { changeInstant } from "../sessions/session.ts";
import type { EventLog } from "../streams/event-log.ts";
import { previewOf } from "./message.ts";

export type Branches = ReturnType<typeof createBranches>;

/** Moves the active branch of a session's message tree. */
export function createBranches(deps: {
  messages: MessageStore;
  sessions: SessionStore;
  log: EventLog;
  environment: Environment;
  write: (...statements: Statement[]) => Promise<number[]>;
}) {
  const { messages, sessions, log } = deps;

  async function attempt(ownerId: string, messageId: string): Promise<boolean> {
    const target = await messages.find(ownerId, messageId);
    if (!target) throw new DomainError({ code: "message.not_found", messageId });
    const { sessionId } = target;
    const session = await sessions.find(ownerId, sessionId);
    if (!session) throw new DomainError({ code: "session.not_found", sessionId });
    if (session.activeRunId !== null)
      throw new DomainError({ code: "session.busy", sessionId, runId: session.activeRunId });
    if (target.active) return true;

    const outline = await messages.outline(ownerId, sessionId, 0);
    const byId = new Map(outline.map((node) => [node.messageId, node]));
    const newestChild = new Map(
      outline.flatMap((node) => (node.parentId === null || node.isReplaced ? [] : [[node.parentId, node] as const])),
    );
    const path: string[] = [];
    let forkSeq = 0;
    for (let node = byId.get(messageId); node; node = node.parentId === null ? undefined : byId.get(node.parentId)) {
      if (node.active) {
        forkSeq = node.seq;
        break;
      }
      path.push(node.messageId);
    }
    let leafId = messageId;
    for (let node = newestChild.get(messageId); node; node = newestChild.get(node.messageId)) {
      path.push(node.messageId);
      leafId = node.messageId;
    }
    const leaf = await messages.find(ownerId, leafId);
    const cut = outline.filter((node) => node.active && node.seq > forkSeq).length;
    try {
      await deps.write(
        sessions.begin(ownerId, sessionId, {
          seen: session,
          leafId,
          seqs: 0,
          addMessages: path.length - cut,
          atMs: changeInstant(session, deps.environment.now()),
          set: { previewText: leaf ? previewOf(leaf.content) || null : null },
        }),
        messages.cutBranch(sessionId, forkSeq),
        ...messages.activate(sessionId, path),
        ...log.append(sessionId, [{ type: "branch.selected", leafId }]),
      );
    } catch (error) {
      if (error instanceof NothingTouched) return false;
      throw error;
    }
    log.announce(sessionId, ownerId);
    return true;
  }

  return {
    /** Puts the branch through this message, down to its newest descendant, on screen. */
    async select(ownerId: string, messageId: string): Promise<void> {
      for (let tries = 0; tries < 10; tries++) if (await attempt(ownerId, messageId)) return;
      throw new DomainError({ code: "message.not_found", messageId });
    },
  };
}

import type { Session, UpdateSession } from "@chatee/shared/sessions";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/problem.ts";
import { useStore } from "../../api/store.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { chooseConfig, lastChosen, rememberChoice } from "../llm/config-choice.ts";
import { newChatServers, rememberServers, serversOf, withServers } from "../mcp/session-servers.ts";
import { keepNewInstructions, newInstructions } from "../sessions/instructions.tsx";
import { noteSession } from "../sessions/session-cache.ts";
import { newChatType } from "./new-chat-type.ts";
import type { Sending } from "./outbox.ts";

const noServers: readonly string[] = [];

type Place = {
  /** Null for a new chat: what is chosen for it is kept in this browser until it is sent. */
  sessionId: string | null;
  session: Session | undefined;
  /** The message that the session is being made for. */
  coming: Sending | undefined;
  /** That session is not made yet. */
  isComing: boolean;
};

/** What is chosen for a chat: model, MCP servers, instructions, type. Kept with its session, so that every window has it. */
export function useChoices({ sessionId, session, coming, isComing }: Place) {
  const { client } = useApi();
  const trpc = useTRPC();
  const queryClient = useQueryClient();

  const update = async (change: Omit<UpdateSession, "sessionId">) =>
    sessionId !== null && noteSession(queryClient, trpc, await client.sessions.update.mutate({ sessionId, ...change }));
  /** What is sent next names the choice itself: only a reload would forget one that failed. */
  async function keep(change: Pick<UpdateSession, "llmConfigId" | "ext">): Promise<boolean> {
    if (!session) return false;
    try {
      await update(change);
      return true;
    } catch {
      return false;
    }
  }

  const configs = useQuery(trpc.llm.list.queryOptions()).data?.configs ?? [];
  const last = useStore(lastChosen);
  const [justChosen, setJustChosen] = useState<string | null>(null);
  const config = chooseConfig(configs, [justChosen, session?.llmConfigId, sessionId ? null : last]);
  function choose(chosenId: string): void {
    setJustChosen(chosenId);
    rememberChoice(chosenId);
    void keep({ llmConfigId: chosenId });
  }

  const servers = useQuery(trpc.mcp.list.queryOptions()).data?.servers;
  const forNew = useStore(newChatServers);
  const [justAttached, setJustAttached] = useState<readonly string[] | null>(null);
  const kept = session ? serversOf(session) : isComing ? forNew : noServers;
  const attachedIds = sessionId === null ? forNew : (justAttached ?? kept);
  function attach(serverIds: readonly string[]): void {
    if (sessionId === null) return rememberServers(serverIds);
    setJustAttached(serverIds);
    void keep({ ext: withServers(session?.ext ?? null, serverIds) }).then((isKept) => {
      if (isKept) setJustAttached((now) => (now === serverIds ? null : now));
    });
  }

  const ofNew = useStore(newInstructions);
  const typeOfNew = useStore(newChatType);
  /** A sentence when it could not be kept. */
  async function instruct(text: string): Promise<string | null> {
    try {
      if (sessionId === null) keepNewInstructions(text);
      else await update({ systemPrompt: text === "" ? null : text });
      return null;
    } catch (error) {
      return toProblem(error).sentence;
    }
  }

  return {
    configs,
    config,
    choose,
    servers: servers ?? [],
    attachedIds,
    /** Without those that are switched off or gone. */
    usableIds: attachedIds.filter((id) => servers?.some(({ serverId, enabled }) => serverId === id && enabled) ?? true),
    attach,
    instructions:
      sessionId === null ? ofNew : (session?.systemPrompt ?? (isComing ? (coming?.systemPrompt ?? "") : "")),
    instruct,
    /** Of this chat; undefined until it is known. */
    type: sessionId === null ? typeOfNew : (session?.sessionType ?? coming?.sessionType),
    /** Of the next new one. */
    typeOfNew,
  };
}

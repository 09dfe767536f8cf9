import type { FollowedEvent } from "@chatee/shared/stream-event";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { newId } from "../../api/new-id.ts";
import { createStore, useStore } from "../../api/store.ts";
import { useApi, useTRPC } from "../../api/trpc.tsx";
import { toast } from "../../ui/toast.tsx";
import { FileDrop } from "../files/attaching-list.tsx";
import { attachingOf } from "../files/attaching.ts";
import { ConfigPicker } from "../llm/config-picker.tsx";
import { ServerPicker } from "../mcp/server-picker.tsx";
import { useOpenInteractions } from "../interactions/interactions-context.tsx";
import { LooseQuestions } from "../interactions/loose-questions.tsx";
import { Instructions, keepNewInstructions } from "../sessions/instructions.tsx";
import { noteSession, refreshSessions } from "../sessions/session-cache.ts";
import { ScreenHeader } from "../../ui/screen-header.tsx";
import { AnswerNews } from "./answer-news.tsx";
import { createChatActions } from "./chat-actions.ts";
import type { Chosen } from "./chat-actions.ts";
import { ChatProvider } from "./chat-context.tsx";
import type { Chat } from "./chat-context.tsx";
import { Composer } from "./composer.tsx";
import { ConnectionNotice } from "../connection/connection-notice.tsx";
import { Conversation } from "./conversation.tsx";
import { ContextGauge } from "./context-gauge.tsx";
import { saveDraft, savePasted } from "./drafts.ts";
import { Greeting } from "./greeting.tsx";
import { insert } from "./insertion.ts";
import { preloadMarkdown } from "./markdown-text.tsx";
import { column } from "./message-row.tsx";
import { strings } from "./messages.strings.ts";
import { chooseChatType } from "./new-chat-type.ts";
import type { Sending } from "./outbox.ts";
import { hasArrived } from "./outbox.ts";
import { useOutbox } from "./outbox-context.tsx";
import { splitPasted } from "./pasted.ts";
import { QueueList } from "./queue-list.tsx";
import { TemporaryBadge, TemporaryToggle } from "./temporary-chat.tsx";
import { createThinkingClock } from "./thinking-clock.ts";
import { createTranscriptSource } from "./transcript-source.ts";
import { createTranscriptStore } from "./transcript-store.ts";
import { useChoices } from "./use-choices.ts";
import { useDraft } from "./use-draft.ts";
import { useStopOnEscape } from "./use-stop-on-escape.ts";

/** How far back a message that was just sent can stand. */
const recentMessages = 12;

/**
 * One session, or the beginning of a new one (`null`). Mount it anew for another. `messageId` is brought into view,
 * wherever in the session it stands.
 */
export function ChatScreen({ sessionId, messageId }: { sessionId: string | null; messageId: string | null }) {
  const navigate = useNavigate();
  const { client, tabs } = useApi();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const outbox = useOutbox();
  const draft = useDraft(sessionId);
  const files = attachingOf(sessionId);

  useEffect(preloadMarkdown, []);

  const chat = useMemo((): Chat => {
    const thinkingClock = createThinkingClock(Date.now);
    const onEvent = (event: FollowedEvent) => {
      thinkingClock.note(event);
      if (event.type === "session.updated") {
        noteSession(queryClient, trpc, event.session);
        tabs.tell();
      }
      if (event.type === "session.deleted") {
        toast(strings.gone);
        void refreshSessions(queryClient, trpc);
        void navigate({ to: "/" });
      }
    };
    const store = createTranscriptStore(createTranscriptSource(client, sessionId ?? ""), onEvent);
    const chosen = createStore<Chosen>({ llmConfigId: null, mcpServerIds: [] });
    return { store, thinkingClock, actions: createChatActions(client), chosen };
  }, [client, sessionId, queryClient, trpc, navigate, tabs]);

  const view = useStore(chat.store);
  const all = useStore(outbox);
  const queued = all.filter((sending) => sending.sessionId === sessionId && sending.state === "queued");
  const sendings = all.filter((sending) => {
    if (sending.sessionId !== sessionId || sending.state === "queued") return false;
    const recent = view.ids.slice(-recentMessages).flatMap((id) => chat.store.message(id) ?? []);
    return !hasArrived(sending, recent);
  });
  const isComing = sendings.some(({ isNewSession, state }) => isNewSession && state !== "sent");

  useEffect(() => {
    if (sessionId === null || isComing) return;
    chat.store.start();
    return () => chat.store.stop();
  }, [chat, sessionId, isComing]);

  const arrived = all.filter(
    (sending) => sending.sessionId === sessionId && sending.state === "sent" && !sendings.includes(sending),
  );
  useEffect(() => {
    for (const { clientId } of arrived) outbox.remove(clientId);
    if (arrived.length > 0) void refreshSessions(queryClient, trpc);
  });

  const session = useQuery(
    trpc.sessions.get.queryOptions(
      { sessionId: sessionId ?? "" },
      { enabled: sessionId !== null && !isComing, staleTime: 60_000 },
    ),
  );
  const coming = sendings.find(({ isNewSession }) => isNewSession);
  const choices = useChoices({ sessionId, session: session.data, coming, isComing });
  const { config, usableIds, instructions, type, typeOfNew } = choices;
  const configId = config?.configId ?? null;
  useEffect(() => chat.chosen.set({ llmConfigId: configId, mcpServerIds: usableIds }));

  const { streamingId } = view;
  const isAnswering = streamingId !== null;
  useEffect(() => {
    if (sessionId !== null && !isAnswering) outbox.poke(sessionId);
  }, [outbox, sessionId, isAnswering]);

  function send(content: string): void {
    const attachments = files.get().flatMap(({ stored }) => stored ?? []);
    const target = sessionId ?? newId();
    const afterSeq = chat.store.last()?.seq ?? 0;
    outbox.send(
      {
        systemPrompt: sessionId === null && instructions !== "" ? instructions : null,
        sessionType: typeOfNew,
        sessionId: target,
        isNewSession: sessionId === null,
        content,
        llmConfigId: configId,
        mcpServerIds: usableIds,
        attachments,
        afterSeq,
      },
      isAnswering || queued.length > 0 ? "after the answer" : "now",
    );
    draft.clear();
    files.clear();
    if (sessionId !== null) return;
    keepNewInstructions("");
    chooseChatType("memory");
    void navigate({ to: "/sessions/$sessionId", params: { sessionId: target } });
  }

  /** Gives up what was not sent; a session that was only made for it goes with it. */
  function discard(sending: Sending): void {
    outbox.remove(sending.clientId);
    if (!sending.isNewSession) return;
    client.sessions.delete
      .mutate({ sessionId: sending.sessionId })
      .catch(() => {
        // It was never made, or stays behind as an empty session.
      })
      .finally(() => void refreshSessions(queryClient, trpc));
    void navigate({ to: "/" });
  }
  function takeBack(sending: Sending): void {
    const taken = splitPasted(sending.content);
    attachingOf(sending.isNewSession ? null : sessionId).put(sending.attachments);
    if (sending.isNewSession) {
      chooseChatType(sending.sessionType ?? "memory");
      saveDraft(null, taken.text);
      savePasted(null, taken.pasted);
    } else {
      draft.setText(draft.text.trim() === "" ? taken.text : `${taken.text}\n\n${draft.text}`);
      draft.setPasted([...taken.pasted, ...draft.pasted]);
    }
    discard(sending);
  }

  const isGone = view.problem?.kind === "failure" && view.problem.failure.code === "session.not_found" && !isComing;
  const isSending = sendings.some(({ state }) => state === "sending" || state === "sent");
  const stop = streamingId === null ? null : () => void chat.actions.stop(streamingId);
  useStopOnEscape(stop);

  const title = session.data?.title ?? strings.newChat;
  const openQuestions = useOpenInteractions().length;
  useEffect(() => {
    // A tab in the background says by its title that somebody is waited for.
    const waiting = openQuestions > 0 ? `(${openQuestions}) ` : "";
    document.title = `${waiting}${sessionId === null ? "chatee" : `${title} · chatee`}`;
  }, [sessionId, title, openQuestions]);

  const attaching = useStore(files);
  const hasPicture = attaching.some(({ stored }) => stored?.kind === "image");
  const composer = (
    <Composer
      draft={draft}
      files={files}
      onSend={send}
      onStop={stop}
      gauge={
        sessionId !== null && (
          <ContextGauge
            sessionId={sessionId}
            windowTokens={config?.capabilities.contextWindowTokens ?? null}
            configId={configId}
          />
        )
      }
      warning={hasPicture && config && config.capabilities.vision !== true ? strings.cannotSee(config.name) : null}
      canSend={!isSending && (sessionId === null || isComing || view.phase !== "loading")}
      tools={
        <>
          <ConfigPicker configs={choices.configs} chosen={config} onChoose={choices.choose} />
          <ServerPicker
            servers={choices.servers}
            attachedIds={choices.attachedIds}
            onChange={choices.attach}
            onInsert={(insertion) => insert(insertion, draft, files)}
          />
        </>
      }
    />
  );
  return (
    <ChatProvider value={chat}>
      <FileDrop className="flex h-full min-h-0 flex-col" onFiles={files.add}>
        <ScreenHeader title={sessionId === null ? "" : title}>
          {sessionId === null && <TemporaryToggle />}
          {sessionId !== null && type === "temporary" && !isGone && <TemporaryBadge session={session.data} />}
          {!isGone && <Instructions text={instructions} onSave={choices.instruct} />}
        </ScreenHeader>
        {sessionId === null ? (
          <Greeting
            isTemporary={type === "temporary"}
            isDemo={config?.provider === "demo"}
            // What was written or attached already would be lost, or go along.
            onSuggestion={draft.text === "" && draft.pasted.length === 0 && attaching.length === 0 ? send : null}
          >
            {composer}
          </Greeting>
        ) : (
          <>
            <Conversation
              sendings={sendings}
              isComing={isComing}
              placeId={messageId}
              onEdit={takeBack}
              onDiscard={discard}
            />
            <AnswerNews sessionId={sessionId} />
            <div className={`${column} pb-3 sm:pb-5`}>
              <ConnectionNotice />
              {streamingId !== null && <LooseQuestions className="mb-2.5" />}
              <QueueList
                queued={queued}
                onRemove={({ clientId }) => outbox.remove(clientId)}
                onEdit={takeBack}
                onSendNow={() => stop?.()}
              />
              {!isGone && composer}
            </div>
          </>
        )}
      </FileDrop>
    </ChatProvider>
  );
}

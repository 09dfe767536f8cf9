import type { Failure } from "@chatee/shared/failure";
import type { Message, MessagePage } from "@chatee/shared/messages";
import type { FollowedEvent } from "@chatee/shared/stream-event";
import { applyEvent, emptyTranscript, prependPage, toTranscript } from "@chatee/shared/transcript";
import type { Transcript } from "@chatee/shared/transcript";
import { toProblem } from "../../api/problem.ts";
import type { Problem } from "../../api/problem.ts";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";

/** Where a transcript comes from. Ids of events and cursors of pages are opaque. */
export type TranscriptSource = {
  page: (before: string | null, limit: number, signal: AbortSignal) => Promise<MessagePage>;
  /** Survives lost connections by itself; `onEnd` comes when the server ended it. Returns how to stop. */
  follow: (
    lastEventId: string,
    handlers: { onEvent: (eventId: string, event: FollowedEvent) => void; onEnd: (problem: Problem | null) => void },
  ) => () => void;
  /** Waits before try number `attempt` (from 0), or until the signal aborts. */
  pause: (attempt: number, signal: AbortSignal) => Promise<void>;
  /** Runs `flush` soon, once for any number of events that arrive in between, and at least `gapMs` after the last time. */
  schedule: (flush: () => void, gapMs: number) => void;
};

/** What the list needs; the messages themselves are asked for one by one, so that one growing answer redraws itself alone. */
export type TranscriptView = {
  phase: "loading" | "ready" | "failed";
  /** Why loading failed, or why following ended for good. */
  problem: Problem | null;
  ids: readonly string[];
  hasMore: boolean;
  older: "idle" | "loading" | "failed";
  /** The answer that is being written. */
  streamingId: string | null;
  retrying: { attempt: number; failure: Failure } | null;
};

export type TranscriptStore = Store<TranscriptView> & {
  message: (messageId: string) => Message | undefined;
  /** Called whenever any message may be another one; a growing answer does not change the view. */
  subscribeMessages: (listener: () => void) => () => void;
  /** The newest message that is shown. */
  last: () => Message | undefined;
  start: () => void;
  loadOlder: () => void;
  /** Loads older messages until this one is there; false when it is not on the branch that is shown. */
  reach: (messageId: string) => Promise<boolean>;
  /** Lets go of all but the newest page, when many more have come together. For who reads at the end. */
  trim: () => void;
  stop: () => void;
};

const pageLimit = 50;
const maxPageLimit = 200;
/** A tab that is open for days keeps no more than this of what nobody looks at. */
const maxKept = 100;
/** How far back a reload reaches to keep a reader in place; further up, the view starts again at the end. */
const maxReload = 1_000;
/** How many pages back a link may lead: far beyond what anybody has said in one session. */
const maxReachPages = 500;

/** A long answer takes longer to read anew. Were it changed in every frame, that would never come to its end. */
const charsPerMs = 300;
const maxGapMs = 150;

function gapAfter(message: Message | undefined): number {
  return message?.status === "streaming" ? Math.min(maxGapMs, message.content.length / charsPerMs) : 0;
}

const firstView: TranscriptView = {
  phase: "loading",
  problem: null,
  ids: [],
  hasMore: false,
  older: "idle",
  streamingId: null,
  retrying: null,
};

/**
 * One session's messages on this screen: a page of history, folded on with what happens. When events cannot
 * bring it up to date (another branch, a gap, a pruned log) the page is read again, and what arrives meanwhile is
 * folded onto the fresh page.
 */
export function createTranscriptStore(
  source: TranscriptSource,
  onEvent: (event: FollowedEvent) => void,
): TranscriptStore {
  const view = createStore<TranscriptView>(firstView);
  const messageListeners = new Set<() => void>();
  let transcript: Transcript = emptyTranscript;
  let byId = new Map<string, Message>();
  let nextBefore: string | null = null;
  let lastEventId: string | null = null;
  let queue: FollowedEvent[] = [];
  let reading = false;
  let ended = new AbortController();
  let unfollow: (() => void) | null = null;

  function publish(change: Partial<TranscriptView>): void {
    const { messages } = transcript;
    const before = view.get();
    const isSameList =
      messages.length === before.ids.length && messages.every(({ messageId }, at) => messageId === before.ids[at]);
    if (!isSameList) byId = new Map(messages.map((message) => [message.messageId, message]));
    else
      for (const message of messages) if (byId.get(message.messageId) !== message) byId.set(message.messageId, message);
    const last = messages.at(-1);
    const next: TranscriptView = {
      ...before,
      ids: isSameList ? before.ids : messages.map((message) => message.messageId),
      hasMore: nextBefore !== null,
      streamingId: last?.status === "streaming" ? last.messageId : null,
      ...change,
    };
    const fields = Object.keys(next) as (keyof TranscriptView)[];
    if (fields.some((field) => next[field] !== before[field])) view.set(next);
    for (const listener of messageListeners) listener();
  }

  function fold(): void {
    if (reading || ended.signal.aborted || queue.length === 0) return;
    const events = queue;
    queue = [];
    let retrying = view.get().retrying;
    for (const event of events) {
      transcript = applyEvent(transcript, event);
      if (event.type === "run.retrying") retrying = { attempt: event.attempt, failure: event.failure };
      else if (retrying && event.type !== "session.updated") retrying = null;
      onEvent(event);
    }
    publish({ retrying });
    if (transcript.stale) void readAgain();
  }

  /** Reads pages until as many messages are there as before. Answers null when it was stopped. */
  async function readPages(wanted: number, signal: AbortSignal): Promise<MessagePage | null> {
    const limit = Math.min(maxPageLimit, Math.max(pageLimit, wanted));
    const newest = await source.page(null, limit, signal);
    let { messages, nextBefore: before } = newest;
    while (before !== null && messages.length < Math.min(wanted, maxReload)) {
      const older: MessagePage = await source.page(before, limit, signal);
      messages = [...older.messages, ...messages];
      before = older.nextBefore;
    }
    return signal.aborted ? null : { ...newest, messages, nextBefore: before };
  }

  /** Everything that arrived until now was committed before the page is read, so the page holds it. */
  async function readAgain(wanted?: number): Promise<void> {
    if (reading) return;
    reading = true;
    const { signal } = ended;
    for (let attempt = 0; !signal.aborted; attempt++) {
      queue = [];
      try {
        const page = await readPages(wanted ?? transcript.messages.length, signal);
        if (page === null) return;
        transcript = toTranscript(page);
        nextBefore = page.nextBefore;
        lastEventId = page.lastEventId;
        reading = false;
        publish({ phase: "ready", problem: null, retrying: null });
        if (unfollow === null) follow();
        return fold();
      } catch (error) {
        if (signal.aborted) return;
        const problem = toProblem(error);
        if (problem.kind !== "network" || view.get().phase !== "ready") publish({ phase: "failed", problem });
        if (problem.kind !== "network") break;
        await source.pause(attempt, signal);
      }
    }
    reading = false;
  }

  function follow(attempt = 0): void {
    const { signal } = ended;
    if (signal.aborted || lastEventId === null) return;
    let tries = attempt;
    unfollow = source.follow(lastEventId, {
      onEvent(eventId, event) {
        tries = 0;
        lastEventId = eventId;
        queue.push(event);
        source.schedule(fold, gapAfter(transcript.messages.at(-1)));
      },
      onEnd(problem) {
        if (signal.aborted) return;
        const isGone = problem?.kind === "failure" && problem.failure.code === "session.not_found";
        if (isGone || problem?.kind === "signed_out") return publish({ problem });
        void source.pause(tries, signal).then(() => follow(tries + 1));
      },
    });
  }

  async function readOlder(before: string, signal: AbortSignal, limit = pageLimit): Promise<void> {
    publish({ older: "loading" });
    const from = lastEventId;
    try {
      const page = await source.page(before, limit, signal);
      // Another branch may have been chosen while the page was on its way: then it belongs to what is gone.
      if (signal.aborted || before !== nextBefore || from === null) return publish({ older: "idle" });
      transcript = prependPage(transcript, page.messages);
      nextBefore = page.nextBefore;
      publish({ older: "idle" });
    } catch {
      if (!signal.aborted) publish({ older: "failed" });
    }
  }

  return {
    get: view.get,
    subscribe: view.subscribe,
    message: (messageId) => byId.get(messageId),
    subscribeMessages(listener) {
      messageListeners.add(listener);
      return () => messageListeners.delete(listener);
    },
    last: () => transcript.messages.at(-1),
    start() {
      if (ended.signal.aborted) ended = new AbortController();
      void readAgain();
    },
    loadOlder() {
      if (nextBefore !== null && !reading && view.get().older !== "loading") void readOlder(nextBefore, ended.signal);
    },
    async reach(messageId) {
      const { signal } = ended;
      for (let pages = 0; pages < maxReachPages && !signal.aborted; pages++) {
        if (transcript.messages.some((message) => message.messageId === messageId)) return true;
        if (nextBefore === null || view.get().older === "failed") return false;
        if (view.get().older === "loading" || reading) await source.pause(0, signal);
        else await readOlder(nextBefore, signal, maxPageLimit);
      }
      return false;
    },
    trim() {
      const { phase, older } = view.get();
      if (transcript.messages.length > maxKept && phase === "ready" && older !== "loading") void readAgain(pageLimit);
    },
    stop() {
      ended.abort();
      unfollow?.();
      unfollow = null;
      reading = false;
    },
  };
}

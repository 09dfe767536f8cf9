import { announcementChannel, announcements, callChannel, calls } from "../ipc/contract.ts";
import type { Announcement, AnnouncementName, CallInput, CallName, CallOutput, Reply } from "../ipc/contract.ts";
import { Refusal } from "./refusal.ts";

/** The page that calls: a window of ours that shows our server's UI. */
export type Page = {
  windowId: number;
  isLocal: boolean;
  announce: Announce;
};
export type Announce = <N extends AnnouncementName>(name: N, payload: Announcement<N>) => void;

export type Handlers = { [N in CallName]: (input: CallInput<N>, page: Page) => Awaitable<CallOutput<N>> };
/** A call that answers nothing may answer nothing. */
type Awaitable<T> = undefined extends T ? Promise<void> | void : Promise<T> | T;

/** As much of Electron's as is looked at, so that tests can hand in any frame. */
export type CallEvent = {
  sender: Sender;
  senderFrame: { origin: string; parent: unknown } | null;
};
export type Sender = { id: number; isDestroyed: () => boolean; send: (channel: string, ...args: unknown[]) => void };
export type CallRegistry = {
  handle: (channel: string, listener: (event: CallEvent, ...args: unknown[]) => Promise<Reply>) => void;
};

export type GateDeps = {
  handlers: Handlers;
  /** What a window of ours is meant to show; null for every other one. */
  siteOf: (windowId: number) => { origin: string; isLocal: boolean } | null;
  onError: (name: string, error: unknown) => void;
};

/** More calls than any screen makes at once; output of terminals is acknowledged in steps, not by character. */
const maxPending = 128;

/**
 * The one gate between pages and this process. A call is answered when it comes from the top frame of a window of ours
 * that is at its own server's origin, names a call there is, and brings what that call's schema takes; a page of a
 * remote server has only the calls that reach nothing on this machine. What goes back is checked the same way.
 */
export function createIpcGate({ handlers, siteOf, onError }: GateDeps) {
  const pending = new Map<number, number>();

  function trusted({ sender, senderFrame }: CallEvent): { origin: string; isLocal: boolean } {
    const site = siteOf(sender.id);
    if (!site || !senderFrame || senderFrame.parent !== null || senderFrame.origin !== site.origin)
      throw new Refusal("ipc.untrusted_sender");
    return site;
  }

  async function run(event: CallEvent, name: unknown, input: unknown): Promise<unknown> {
    const { isLocal } = trusted(event);
    if (!isCallName(name)) throw new Refusal("ipc.unknown_call");
    const spec = calls[name];
    if (spec.isLocalOnly && !isLocal) throw new Refusal("ipc.local_only");
    const given = spec.input.safeParse(input);
    if (!given.success) throw new Refusal("ipc.invalid_input");
    const page: Page = { windowId: event.sender.id, isLocal, announce: announcer(event.sender) };
    const handler = handlers[name] as (input: unknown, page: Page) => unknown;
    return spec.output.parse(await handler(given.data, page));
  }

  async function answer(event: CallEvent, name: unknown, input: unknown): Promise<Reply> {
    const { id } = event.sender;
    const count = pending.get(id) ?? 0;
    if (count >= maxPending) return { isOk: false, code: "ipc.busy" };
    pending.set(id, count + 1);
    try {
      return { isOk: true, value: await run(event, name, input) };
    } catch (error) {
      if (error instanceof Refusal) return { isOk: false, code: error.code };
      onError(typeof name === "string" ? name.slice(0, 100) : "?", error);
      return { isOk: false, code: "ipc.failed" };
    } finally {
      const left = (pending.get(id) ?? 1) - 1;
      if (left === 0) pending.delete(id);
      else pending.set(id, left);
    }
  }

  return {
    answer,
    attach(registry: CallRegistry): void {
      registry.handle(callChannel, (event, name, input) => answer(event, name, input));
    },
  };
}

/** Speaks to one window, for as long as it is there. */
export function announcer(sender: Sender): Announce {
  return (name, payload) => {
    const checked = announcements[name].parse(payload);
    if (!sender.isDestroyed()) sender.send(announcementChannel, name, checked);
  };
}

function isCallName(name: unknown): name is CallName {
  return typeof name === "string" && Object.hasOwn(calls, name);
}

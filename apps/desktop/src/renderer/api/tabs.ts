export type Tabs = {
  /** Something was changed here: the other tabs of this browser look again. */
  tell: () => void;
  /** Calls `listener` when another tab changed something. */
  onNews: (listener: () => void) => void;
};

type Channel = Pick<BroadcastChannel, "postMessage" | "addEventListener">;

/** Several changes within this time are one piece of news. */
const gatherMs = 40;

/** How the tabs of one browser hear of each other's changes, without asking the server in between. */
export function createTabs(channel: Channel): Tabs {
  let isTold = false;
  return {
    tell() {
      if (isTold) return;
      isTold = true;
      setTimeout(() => {
        isTold = false;
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a broadcast stays within the origin
        channel.postMessage("changed");
      }, gatherMs);
    },
    onNews: (listener) => channel.addEventListener("message", () => listener()),
  };
}

/** As much of a system's notification as is used. */
export type SystemNotification = { show: () => void; onClick: (work: () => void) => void };

const perMinute = 20;

/** Shows what a page wants said, not more than a person can bear; a click leads to where it is about. */
export function createNotifications(deps: {
  isSupported: () => boolean;
  create: (text: { title: string; body: string }) => SystemNotification;
  now: () => number;
  onOpen: (path: string) => void;
}) {
  let shownAtMs: number[] = [];
  return {
    show({ title, body, path }: { title: string; body: string; path: string | null }): boolean {
      shownAtMs = shownAtMs.filter((atMs) => deps.now() - atMs < 60_000);
      if (!deps.isSupported() || shownAtMs.length >= perMinute) return false;
      shownAtMs.push(deps.now());
      const notification = deps.create({ title, body });
      if (path !== null) notification.onClick(() => deps.onOpen(path));
      notification.show();
      return true;
    },
  };
}

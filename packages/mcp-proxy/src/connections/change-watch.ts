import type { Client } from "@modelcontextprotocol/client";
import type { ProxyEnvironment } from "../environment.ts";
import type { Session } from "./open-session.ts";

export type ListKind = "tools" | "resources" | "prompts";

const kinds: readonly ListKind[] = ["tools", "resources", "prompts"];
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
const maxRetries = 20;

/** Hears of changes pushed by the server: before 2026-07-28 unasked, after it on the stream `watchChanges` opens. */
export function hearChanges(client: Client, onChange: (kind: ListKind) => void): void {
  client.setNotificationHandler("notifications/tools/list_changed", () => onChange("tools"));
  client.setNotificationHandler("notifications/resources/list_changed", () => onChange("resources"));
  client.setNotificationHandler("notifications/prompts/list_changed", () => onChange("prompts"));
}

/** Which lists the server promises to tell of. */
export function announcedKinds(client: Client): ListKind[] {
  const capabilities = client.getServerCapabilities();
  return kinds.filter((kind) => capabilities?.[kind]?.listChanged === true);
}

/**
 * Keeps a `subscriptions/listen` stream open (2026-07-28) for as long as the signal allows; opened again after it broke,
 * later each time, and given up after 20 failures in a row. Whatever was missed in between counts as changed.
 */
export async function watchChanges(
  { client, era }: Session,
  { wait, random }: ProxyEnvironment,
  onChange: (kind: ListKind) => void,
  signal: AbortSignal,
): Promise<void> {
  const announced = announcedKinds(client);
  if (era !== "modern" || announced.length === 0) return;
  const filter = {
    ...(announced.includes("tools") && { toolsListChanged: true as const }),
    ...(announced.includes("resources") && { resourcesListChanged: true as const }),
    ...(announced.includes("prompts") && { promptsListChanged: true as const }),
  };
  for (let failures = 0; failures < maxRetries && !signal.aborted; failures++) {
    try {
      const subscription = await client.listen(filter, { signal });
      failures = 0;
      const cause = await subscription.closed;
      if (cause === "local") return;
      announced.forEach(onChange);
    } catch {
      // Refused or broken; the lists have lifetimes of their own.
    }
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** failures) * (0.5 + random() / 2);
    await wait(delayMs, signal).catch(() => {});
  }
}

import type { McpOauthStore } from "@chatee/db/mcp.oauth.store";
import { DomainError } from "@chatee/shared/failure";
import type { Environment } from "../environment.ts";
import type { Grants } from "./mcp-oauth.grants.ts";

export type GrantUpkeepDeps = {
  store: Pick<McpOauthStore, "listDue">;
  grants: Pick<Grants, "refreshDue">;
  environment: Pick<Environment, "now" | "random" | "wait" | "log">;
};

/** Between two looks, on average; a token is due minutes before it runs out. */
const everyMs = 30_000;
const maxPerRound = 200;
const maxAtOnce = 4;

/**
 * Refreshes tokens shortly before they run out, used or not: no call waits for it, and no sign-in ends because nobody
 * called for a while. Processes look at different moments, and one of them redeems.
 */
export function createGrantUpkeep({ store, grants, environment }: GrantUpkeepDeps) {
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function refresh(ownerId: string, serverId: string): Promise<void> {
    try {
      await grants.refreshDue(ownerId, serverId);
    } catch (error) {
      const reason = error instanceof DomainError ? error.failure : { error };
      environment.log.warn({ serverId, ...reason }, "refreshing a sign-in before it runs out failed");
    }
  }

  async function round(): Promise<void> {
    const left = (await store.listDue(environment.now(), maxPerRound)).values();
    const worker = async () => {
      for (const { ownerId, serverId } of left) if (!stopped.signal.aborted) await refresh(ownerId, serverId);
    };
    await Promise.all(Array.from({ length: maxAtOnce }, worker));
  }

  async function run(): Promise<void> {
    for (;;) {
      await environment.wait(everyMs * (0.5 + environment.random()), stopped.signal).catch(() => {});
      if (stopped.signal.aborted) return;
      await round().catch((error: unknown) =>
        environment.log.warn({ error }, "looking for sign-ins that run out failed"),
      );
    }
  }

  return {
    round,
    start(): void {
      running = run();
    },
    async stop(): Promise<void> {
      stopped.abort();
      await running;
    },
  };
}

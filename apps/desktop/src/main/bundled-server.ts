import type { Session } from "electron";
import { setTimeout as pause } from "node:timers/promises";
import type { KeyVault } from "./key-vault.ts";
import type { Preferences } from "./preferences.ts";
import type { ServerChild } from "./server-child.ts";
import { signInToServer } from "./server-session.ts";
import { startSupervisor } from "./server-supervisor.ts";
import type { ServerState } from "./server-supervisor.ts";

export type BundledServerDeps = {
  fork: () => ServerChild;
  /** Done before each start. */
  prepare: () => Promise<void>;
  dataDirectory: string;
  settings: Record<string, string>;
  /** Null when the configuration brings a key. */
  vault: Pick<KeyVault, "keys"> | null;
  preferences: Preferences;
  cookies: () => Pick<Session["cookies"], "set">;
  /** It serves, and its window is signed in. `url` is where people are told to open it. */
  onReady: (server: { origin: string; url: string }) => void;
  /** From now on whoever answers at its address is somebody else. */
  onAway: () => void;
  /** Resolves to whether to try again. */
  onFailed: (reason: string, canRetry: boolean) => Promise<boolean>;
  note: (text: string) => void;
};

/** The server on this computer, kept running and its window kept signed in, until it is stopped. */
export function startBundledServer(deps: BundledServerDeps) {
  let latest: ServerState = { kind: "starting" };

  const supervisor = startSupervisor({
    fork: deps.fork,
    prepare: async () => {
      await deps.prepare();
      return {
        dataDirectory: deps.dataDirectory,
        settings: deps.settings,
        secretKeys: (await deps.vault?.keys()) ?? null,
        port: deps.preferences.get().port,
      };
    },
    onState: (state) => void follow(state).catch((error: unknown) => void onUnusable(state, error)),
    now: () => performance.now(),
    wait: (ms, signal) => pause(ms, undefined, { signal }),
  });

  async function follow(state: ServerState): Promise<void> {
    latest = state;
    deps.note(`server: ${state.kind}${"reason" in state ? ` (${state.reason})` : ""}`);
    if (state.kind === "ready") return await letIn(state);
    deps.onAway();
    if (state.kind === "failed" && (await deps.onFailed(state.reason, true))) supervisor.retry();
  }

  async function letIn(state: Extract<ServerState, { kind: "ready" }>): Promise<void> {
    const { port, url, token } = state;
    const origin = `http://127.0.0.1:${port}`;
    const { name, value } = await signInToServer(origin, token);
    // It may have ended while it was asked.
    if (latest !== state) return;
    await deps.cookies().set({ url: origin, name, value, path: "/", httpOnly: true, sameSite: "strict" });
    if (deps.preferences.get().port !== port) deps.preferences.set({ port });
    if (latest === state) deps.onReady({ origin, url });
  }

  /** It runs, and does not let its own window in. While it is being started again, the next start decides. */
  async function onUnusable(state: ServerState, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    deps.note(`the server cannot be used: ${reason}`);
    if (latest === state) await deps.onFailed(reason, false);
  }

  return { stop: supervisor.stop };
}

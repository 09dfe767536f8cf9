import { randomBytes } from "node:crypto";
import { hostedMessage } from "@chatee/shared/hosted-server";
import type { HostMessage, HostedMessage } from "@chatee/shared/hosted-server";
import type { ServerChild } from "./server-child.ts";

export type ServerState =
  | { kind: "starting" }
  /** `token` is good for one sign-in. */
  | { kind: "ready"; port: number; url: string; token: string }
  /** It ended, and is started again in `retryMs`. */
  | { kind: "waiting"; retryMs: number; reason: string }
  /** A person has to look; `retry` tries again. */
  | { kind: "failed"; reason: string }
  | { kind: "stopped" };

export type SupervisorDeps = {
  fork: () => ServerChild;
  /** What to start it with; asked before each start. `port` 0 lets the system choose. */
  prepare: () => Promise<{
    dataDirectory: string;
    settings: Record<string, string>;
    secretKeys: string[] | null;
    port: number;
  }>;
  onState: (state: ServerState) => void;
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

const firstRetryMs = 500;
const maxRetryMs = 30_000;
/** A server that stayed up for so long was no failed start. */
const settledMs = 60_000;
const startTimeoutMs = 90_000;
/** A little longer than the server itself takes at most. */
const stopTimeoutMs = 10_500;

export type Supervisor = ReturnType<typeof startSupervisor>;

/**
 * Keeps the bundled server running: starts it with a fresh one-time token, starts it again when it dies, later each time,
 * and stops it so that it can store what runs. A taken port is left for another at once; what only a person can mend
 * is not tried over and over.
 */
export function startSupervisor(deps: SupervisorDeps) {
  const stopping = new AbortController();
  let child: ServerChild | null = null;
  let failures = 0;
  let isPortFree = true;
  let again = Promise.withResolvers<void>();

  async function startOnce(): Promise<{ message: HostedMessage; startedAtMs: number }> {
    deps.onState({ kind: "starting" });
    const { port, settings, ...rest } = await deps.prepare();
    const token = randomBytes(32).toString("base64url");
    const started = deps.fork();
    child = started;
    const first = Promise.withResolvers<HostedMessage>();
    started.onMessage((message) => {
      const parsed = hostedMessage.safeParse(message);
      if (parsed.success) first.resolve(parsed.data);
    });
    const start: HostMessage = {
      kind: "start",
      ...rest,
      settings: { ...settings, CHATEE_SERVER__HOST: "127.0.0.1", CHATEE_SERVER__PORT: String(isPortFree ? port : 0) },
      oneTimeToken: token,
    };
    started.say(start);
    const settled = new AbortController();
    const late = deps.wait(startTimeoutMs, settled.signal).then(
      () => toFailed(`the server was not ready within ${startTimeoutMs / 1_000} s`),
      () => toFailed("stopped"),
    );
    const gone = started.exited.then((code) => toFailed(`the server ended at its start with ${code ?? "a signal"}`));
    const message = await Promise.race([first.promise, gone, late]);
    settled.abort();
    if (message.kind === "ready") deps.onState({ ...message, token });
    else started.kill();
    return { message, startedAtMs: deps.now() };
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let reason = "the server could not be started";
      let why: "port" | "setup" | "other" = "other";
      try {
        const { message, startedAtMs } = await startOnce();
        const code = await child?.exited;
        if (message.kind === "ready") {
          reason = `the server ended with ${code ?? "a signal"}`;
          isPortFree = true;
          if (deps.now() - startedAtMs >= settledMs) failures = 0;
        } else ({ reason, why } = message);
      } catch (error) {
        // Preparing failed: the key cannot be had, the program is not there.
        reason = error instanceof Error ? error.message : String(error);
        why = "setup";
      }
      child = null;
      if (stopping.signal.aborted) break;
      if (why === "port" && isPortFree) {
        isPortFree = false;
        continue;
      }
      if (why === "setup") await untilAskedAgain(reason);
      else await backOff(reason);
    }
    deps.onState({ kind: "stopped" });
  }

  async function untilAskedAgain(reason: string): Promise<void> {
    again = Promise.withResolvers();
    deps.onState({ kind: "failed", reason });
    await again.promise;
    failures = 0;
  }

  async function backOff(reason: string): Promise<void> {
    const retryMs = Math.min(maxRetryMs, firstRetryMs * 2 ** failures);
    failures++;
    deps.onState({ kind: "waiting", retryMs, reason });
    await deps.wait(retryMs, stopping.signal).catch(() => {});
  }

  const ended = run();
  return {
    /** Tries again after `failed`. */
    retry: () => again.resolve(),
    /** Asks the server to end, and ends it when it does not. Resolves when it is gone. */
    async stop(): Promise<void> {
      if (stopping.signal.aborted) return await ended;
      stopping.abort();
      again.resolve();
      const last = child;
      last?.say({ kind: "stop" });
      const patience = new AbortController();
      const late = deps.wait(stopTimeoutMs, patience.signal).then(
        () => last?.kill(),
        () => {},
      );
      await ended;
      patience.abort();
      await late;
    },
  };
}

function toFailed(reason: string): HostedMessage {
  return { kind: "failed", why: "other", reason };
}

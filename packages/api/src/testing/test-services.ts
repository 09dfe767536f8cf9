import { randomBytes } from "node:crypto";
import type { Database } from "@chatee/db/database";
import { localOwnerId } from "@chatee/shared/ids";
import type { FollowedEntry } from "../sessions/session-events.ts";
import type { Environment } from "../environment.ts";
import { createAesSecrets } from "../secrets-aes.ts";
import { openServices } from "../services.ts";
import type { ServicesDeps } from "../services.ts";
import { createLocalWakes } from "../streams/wakes.ts";
import { createSystemService } from "../system/system.service.ts";
import { createTestEnvironment } from "./environment.ts";
import { createScriptedProvider } from "./scripted-provider.ts";

/** All services over a real database, with a model that says what the test tells it to. */
export async function openTestServices(
  db: Database,
  {
    environment: ownWorld,
    ...options
  }: Partial<Omit<ServicesDeps, "environment">> & {
    environment?: Partial<Environment>;
  } = {},
) {
  const { environment, reported } = createTestEnvironment(ownWorld);
  const model = createScriptedProvider();
  const wakes = options.wakes ?? createLocalWakes();
  const services = await openServices({
    db,
    wakes,
    secrets: createAesSecrets({ keys: [{ id: "test", key: randomBytes(32) }], randomBytes }),
    openProvider: async () => model.provider,
    environment,
    bootId: environment.newId(),
    system: createSystemService({
      version: "test",
      engine: db.engine,
      features: {},
      startedAtMs: environment.now(),
      checks: { database: async () => {}, redis: () => null },
      environment,
    }),
    ...options,
  });
  return {
    services,
    model,
    wakes,
    environment,
    reported,
    ownerId: localOwnerId,
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  };
}
export type TestServices = Awaited<ReturnType<typeof openTestServices>>;

/** Collects a session's events in the background, as one more screen would. */
export function watch(
  { services, ownerId }: Pick<TestServices, "services" | "ownerId">,
  sessionId: string,
  lastEventId: string | null = null,
) {
  const stop = new AbortController();
  const seen: FollowedEntry[] = [];
  let changed = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const entry of services.sessions.events({ ownerId, sessionId, lastEventId, signal: stop.signal })) {
      seen.push(entry);
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  return {
    seen,
    /** Resolves when the stream ends by itself. */
    done,
    types: () => seen.map(({ event }) => event.type),
    /** Resolves with the first event, past or to come, that fits. */
    async until(fits: (entry: FollowedEntry) => boolean): Promise<FollowedEntry> {
      for (;;) {
        const found = seen.find(fits);
        if (found) return found;
        await Promise.race([changed.promise, done.then(() => Promise.reject(new Error("the stream ended")))]);
      }
    },
    async stop() {
      stop.abort();
      await done;
    },
  };
}

import { freePort, openTemporaryFolder } from "@chatee/tooling/private-process";
import type { MariaDbAccess } from "@chatee/tooling/services";
import { startServerProcess } from "./server-process.ts";
import type { ServerProcess } from "./server-process.ts";

type Place = { host: string; port: number };
export type MemberOptions = {
  database: MariaDbAccess;
  redis: Place | null;
  /** Where the database is for this process; by default where it is. */
  databaseAt?: Place;
  env?: Record<string, string>;
};

/** What makes a server one of several that share a database and, perhaps, a Redis. */
export function memberEnv({ database, redis, databaseAt = database }: MemberOptions): Record<string, string> {
  return {
    CHATEE_MYSQL__ENABLED: "true",
    CHATEE_MYSQL__HOST: databaseAt.host,
    CHATEE_MYSQL__PORT: String(databaseAt.port),
    CHATEE_MYSQL__USER: database.user,
    CHATEE_MYSQL__PASSWORD: database.password,
    CHATEE_MYSQL__DATABASE: database.database,
    ...(redis && {
      CHATEE_REDIS__ENABLED: "true",
      CHATEE_REDIS__HOST: redis.host,
      CHATEE_REDIS__PORT: String(redis.port),
    }),
  };
}

/** One process of several that share a database and, perhaps, a Redis. Its data directory goes with it. */
export async function startMember({
  database,
  redis,
  databaseAt = database,
  env,
}: MemberOptions): Promise<ServerProcess> {
  const folder = await openTemporaryFolder("member");
  const server = await startServerProcess({
    dataDirectory: folder.path,
    port: await freePort(),
    env: { ...env, ...memberEnv({ database, redis, databaseAt }) },
  });
  void server.exited.then(() => folder[Symbol.asyncDispose]());
  return server;
}

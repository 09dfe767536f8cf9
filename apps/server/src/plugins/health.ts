import type { SystemService } from "@chatee/api/system/system.service";
import type { FastifyPluginAsync } from "fastify";

/** Whether the process works; its database must answer, Redis may be away. Never rejects. */
export async function checkHealth(system: SystemService): Promise<{ status: 200 | 503; body: unknown }> {
  const { status, version, database, redis, uptimeS } = await system.health();
  return { status: database === "ok" ? 200 : 503, body: { status, version, database, redis, uptime_s: uptimeS } };
}

/** For whoever watches the process; the only doors besides the UI that ask for no token. They tell nothing but whether it works. */
export const healthPlugin: FastifyPluginAsync<{ system: SystemService; isClosing: () => boolean }> = async (
  app,
  { system, isClosing },
) => {
  const open = { config: { isOpen: true } };
  app.get("/health", open, async (_request, reply) => {
    const { status, body } = await checkHealth(system);
    reply.code(status).header("cache-control", "no-store");
    return body;
  });
  app.get("/ready", open, async (_request, reply) => {
    const isReady = !isClosing() && (await system.health()).database === "ok";
    reply.code(isReady ? 200 : 503).header("cache-control", "no-store");
    return { ready: isReady };
  });
};

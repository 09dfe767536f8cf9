import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openMariaDb, sharedServicesVariable } from "./services.ts";
import type { MariaDb } from "./services.ts";

/**
 * Vitest's global setup: answers test workers on a loopback port with the run's MariaDB, which is started when the
 * first worker asks. A run that needs none pays nothing.
 */
export async function setup(): Promise<() => Promise<void>> {
  let mariaDb: Promise<MariaDb> | undefined;
  const server = createServer((request, response) => {
    if (request.url !== "/mariadb") {
      response.writeHead(404).end();
      return;
    }
    mariaDb ??= openMariaDb();
    mariaDb.then(
      ({ host, port, user, password }) => response.end(JSON.stringify({ host, port, user, password })),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env[sharedServicesVariable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return async () => {
    delete process.env[sharedServicesVariable];
    server.closeAllConnections();
    server.close();
    const started = await mariaDb?.catch(() => undefined);
    await started?.[Symbol.asyncDispose]();
  };
}

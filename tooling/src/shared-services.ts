import { chmodSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openMariaDb, sharedServicesVariable } from "./services.ts";
import type { MariaDb } from "./services.ts";

const memory = "/dev/shm";
const wantedBytes = 4 * 1024 ** 3;

/** A folder for the run's files in memory; null where there is no room. */
function openMemoryFolder(): string | null {
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < wantedBytes) return null;
    const folder = mkdtempSync(join(memory, "chatee-tests-"));
    // Some tests let another user look at what is inside.
    chmodSync(folder, 0o711);
    return folder;
  } catch {
    return null;
  }
}

/**
 * Vitest's global setup. The databases of the tests lie in memory where there is room: each is synced to its disk many
 * times, and waiting for that took longer than everything else. It answers test workers on a loopback port with the run's MariaDB, which is started when the
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
  const folder = openMemoryFolder();
  const usualFolder = process.env["TMPDIR"];
  if (folder !== null) process.env["TMPDIR"] = folder;
  process.env[sharedServicesVariable] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return async () => {
    delete process.env[sharedServicesVariable];
    server.closeAllConnections();
    server.close();
    const started = await mariaDb?.catch(() => undefined);
    await started?.[Symbol.asyncDispose]();
    if (usualFolder === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = usualFolder;
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
}

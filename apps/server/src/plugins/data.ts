import { createWriteStream, existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { DataService } from "@chatee/api/data/data.service";
import type { Environment } from "@chatee/api/environment";
import type { BackupFacts } from "@chatee/db/dialect/backup.sqlite";
import { archivedFileName } from "@chatee/shared/archive-files";
import { DomainError } from "@chatee/shared/failure";
import type { FastifyPluginAsync } from "fastify";
import { callerOf } from "../caller-of.ts";

/** The database file of a server that has one; null where the database has tools of its own. */
export type Backups = {
  /** Where a checked file waits for the next start. */
  staged: string;
  /** Names nothing that exists. */
  scratch: (name: string) => string;
  snapshot: (file: string) => Promise<void>;
  /** @throws DomainError `input.invalid` with what is wrong with the file. */
  check: (file: string) => BackupFacts;
} | null;

const maxBackupBytes = 1024 ** 4;

/** Everything out as a file, a copy of the database, and one to take its place at the next start. */
export const dataPlugin: FastifyPluginAsync<{
  data: Pick<DataService, "export" | "files">;
  backups: Backups;
  environment: Pick<Environment, "now">;
}> = async (app, { data, backups, environment }) => {
  const here = () => {
    if (!backups) throw new DomainError({ code: "feature.unavailable", feature: "backup" });
    return backups;
  };
  const day = () => new Date(environment.now()).toISOString().slice(0, 10);
  /** One at a time: each takes as much room as the database. */
  let isBusy = false;
  async function alone<TAnswer>(work: () => Promise<TAnswer>): Promise<TAnswer> {
    if (isBusy) throw new DomainError({ code: "feature.unavailable", feature: "a second backup at the same time" });
    isBusy = true;
    try {
      return await work();
    } finally {
      isBusy = false;
    }
  }

  app.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));

  app.get("/data/export", { config: { mayLast: true } }, async (request, reply) => {
    const { ownerId } = callerOf(request);
    const isZip = (request.query as { files?: unknown }).files === "true";
    reply.header("content-disposition", `attachment; filename="chatee-chats-${day()}.${isZip ? "zip" : "json"}"`);
    if (!isZip) return reply.type("application/json; charset=utf-8").send(Readable.from(data.export(ownerId)));
    const { makeZip } = await import("client-zip");
    return reply.type("application/zip").send(Readable.fromWeb(makeZip(zipEntries(data, ownerId)) as ReadableStream));
  });
  app.get("/data/backup", { config: { mayLast: true } }, async (request, reply) => {
    callerOf(request);
    const { scratch, snapshot } = here();
    const file = scratch("backup");
    try {
      await alone(() => snapshot(file));
      const handle = await open(file);
      const { size } = await handle.stat();
      // Open, it can still be read; gone, it cannot be left behind.
      await rm(file, { force: true }).catch(() => {});
      return await reply
        .header("content-disposition", `attachment; filename="chatee-backup-${day()}.db"`)
        .header("content-length", size)
        .type("application/vnd.sqlite3")
        .send(handle.createReadStream());
    } finally {
      await rm(file, { force: true }).catch(() => {});
    }
  });
  app.get("/data/restore", async (request, reply) => {
    callerOf(request);
    const found = backups && existsSync(backups.staged) ? await stat(backups.staged) : null;
    return reply.send({ isAvailable: backups !== null, waitingSince: found && Math.floor(found.mtimeMs) });
  });
  app.post(
    "/data/restore",
    { bodyLimit: maxBackupBytes, config: { mayLast: true, isUpload: true } },
    async (request, reply) => {
      callerOf(request);
      const { scratch, check, staged } = here();
      if (!(request.body instanceof Readable)) throw new DomainError({ code: "input.invalid", issues: [noFile] });
      const file = scratch("upload");
      const body = request.body;
      try {
        const facts = await alone(async () => {
          await pipeline(body, createWriteStream(file, { flags: "wx", mode: 0o600, flush: true }));
          const checked = check(file);
          await rename(file, staged);
          return checked;
        });
        return await reply.code(201).send(facts);
      } finally {
        await rm(file, { force: true });
      }
    },
  );
  app.delete("/data/restore", async (request, reply) => {
    callerOf(request);
    await rm(here().staged, { force: true });
    return reply.code(204).send();
  });
};

/** Named as importers look for them: the chats, and each file in a folder that is called by its id. */
async function* zipEntries(data: Pick<DataService, "export" | "files">, ownerId: string) {
  yield { name: "conversations.json", input: data.export(ownerId) };
  for await (const { file, content } of data.files(ownerId))
    yield { name: archivedFileName(file), input: content, lastModified: new Date(file.createdAtMs) };
}

const noFile = { path: "", message: "the body must be a file" };

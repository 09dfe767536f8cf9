import { Readable } from "node:stream";
import type { Context } from "@chatee/api/context";
import { DomainError } from "@chatee/shared/failure";
import { fileRef } from "@chatee/shared/files";
import type { StoredFile } from "@chatee/shared/files";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { readRange } from "./byte-range.ts";
import { toFileAnswer } from "./files.routes.ts";
import { assertPlainText } from "./json-body.ts";
import { parseInput } from "./refusals.ts";
import { fromWire, toWire } from "./wire.ts";

type FilesOptions = { createContext: (request: FastifyRequest, reply: FastifyReply) => Context };

/** Pictures that run nothing: shown in their place. Everything else is something to save. */
const inertImages: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
/** Nothing in it may run or be taken up by another site, and whoever is signed out does not see it from a cache. */
const apart = {
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "private, no-cache",
};
/** A form around the file. */
const envelopeBytes = 64 * 1024;

/** Uploads and downloads, which are streams: the rest of files is in the table of routes. */
export const filesPlugin: FastifyPluginAsync<FilesOptions> = async (app, { createContext }) => {
  app.removeAllContentTypeParsers();
  // The handler reads the body itself, whatever its type.
  app.addContentTypeParser("*", (_request, _body, done) => done(null));

  app.route({
    method: "POST",
    url: "/files",
    config: { mayLast: true, isUpload: true },
    handler: async (request, reply) => {
      const { ownerId, services } = createContext(request, reply);
      assertPlainText(request.query);
      const { maxBytes } = services.files;
      try {
        if (Number(request.headers["content-length"]) > maxBytes + envelopeBytes)
          throw new DomainError({ code: "input.too_large", maxBytes });
        const { openUpload } = await import("./upload-body.ts");
        const stored = await services.files.upload(ownerId, await openUpload(request));
        return await reply.code(201).send(toWire(toFileAnswer(stored)));
      } catch (error) {
        // The sender left; there is nobody to tell.
        if (!(error instanceof DomainError) && request.raw.errored) return reply.hijack();
        // What is still on its way is not read any more.
        if (!request.raw.complete) reply.header("connection", "close");
        throw error;
      }
    },
  });

  app.route({
    method: ["GET", "HEAD"],
    url: "/files/:file_id",
    config: { mayLast: true },
    handler: async (request, reply) => {
      const { ownerId, services } = createContext(request, reply);
      const { file, read } = await services.files.open(ownerId, fileIdIn(request));
      const etag = `"${file.sha256}"`;
      const { download } = request.query as { download?: unknown };
      reply.headers({
        "content-type": typeOf(file),
        "content-disposition": dispositionOf(file, download !== undefined),
        ...apart,
        "accept-ranges": "bytes",
        etag,
      });
      if (isKnown(request.headers["if-none-match"], etag)) return reply.code(304).send();
      const ifRange = request.headers["if-range"];
      const asked = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
      const range = readRange(asked, file.sizeBytes);
      if (range === "none") {
        reply.removeHeader("content-disposition");
        reply.headers({ "content-range": `bytes */${file.sizeBytes}`, "content-type": "application/json" });
        const message = "The file has no such bytes.";
        return reply.code(416).send({ error: { code: "RANGE_NOT_SATISFIABLE", message }, message });
      }
      const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 };
      if (range) reply.code(206).header("content-range", `bytes ${start}-${end}/${file.sizeBytes}`);
      reply.header("content-length", String(end - start + 1));
      if (request.method === "HEAD" || file.sizeBytes === 0) return reply.send("");
      return reply.send(Readable.from(read(range ?? undefined)));
    },
  });

  app.route({
    method: ["GET", "HEAD"],
    url: "/files/:file_id/thumbnail",
    handler: async (request, reply) => {
      const { ownerId, services } = createContext(request, reply);
      const { fileId, sha256 } = await services.files.get(ownerId, fileIdIn(request));
      const etag = `"${sha256}-small"`;
      const isSeen = isKnown(request.headers["if-none-match"], etag);
      const webp = isSeen ? null : await services.files.thumbnail(ownerId, fileId);
      reply.headers({ "content-type": "image/webp", ...apart, etag });
      return webp === null ? reply.code(304).send() : reply.send(webp);
    },
  });
};

function fileIdIn({ params }: FastifyRequest): string {
  assertPlainText(params);
  const { fileId } = parseInput(fileRef, fromWire(params)) as { fileId: string };
  return fileId;
}

function typeOf({ mimeType, kind }: StoredFile): string {
  if (inertImages.has(mimeType)) return mimeType;
  return kind === "text" ? "text/plain; charset=utf-8" : "application/octet-stream";
}

function dispositionOf({ name, mimeType }: StoredFile, isDownload: boolean): string {
  const kind = inertImages.has(mimeType) && !isDownload ? "inline" : "attachment";
  const plain = name.replace(/[^\u0020-\u007e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}

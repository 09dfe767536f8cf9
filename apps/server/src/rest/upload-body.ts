import { pipeline } from "node:stream/promises";
import type { Readable } from "node:stream";
import { DomainError } from "@chatee/shared/failure";
import { Busboy } from "@fastify/busboy";
import type { BusboyHeaders } from "@fastify/busboy";
import type { FastifyRequest } from "fastify";

export type UploadBody = { name: string | null; content: AsyncIterable<Uint8Array> };

/** A sender that says nothing for so long is gone. */
const idleMs = 30_000;

/** The file in a request: the one of a form, or the whole body. Nothing is read before `content` is. */
export async function openUpload(request: FastifyRequest): Promise<UploadBody> {
  const type = request.headers["content-type"] ?? "";
  if (/^multipart\/form-data\b/i.test(type)) return await openForm(request);
  const { name } = request.query as { name?: unknown };
  return { name: typeof name === "string" ? name : null, content: untilIdle(request.raw) };
}

async function openForm(request: FastifyRequest): Promise<UploadBody> {
  const first = Promise.withResolvers<UploadBody>();
  let file: Readable | null = null;
  let problem = "";
  const form = parserFor(request);
  const done = pipeline(untilIdle(request.raw), form);
  // It speaks up once more, also after everybody has stopped listening.
  form.on("error", () => {});
  form.on("file", (_field, stream, name) => {
    file = stream;
    stream.on("error", () => {});
    first.resolve({ name: name === "" ? null : name, content: whole(stream) });
  });
  form.on("filesLimit", () => (problem = "A form may hold one file."));
  form.on("partsLimit", () => (problem = "The form has too many parts."));
  done.then(
    () => first.reject(invalid("The form holds no file.")),
    (error: unknown) => {
      const reason = error instanceof Error ? error : new Error("the form broke off", { cause: error });
      file?.destroy(reason);
      first.reject(request.raw.errored ?? invalid("The form cannot be read.", error));
    },
  );
  return await first.promise;

  /** What comes after the file has to be right as well. */
  async function* whole(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      yield* stream as AsyncIterable<Uint8Array>;
      await done;
    } catch (error) {
      if (request.raw.errored) throw request.raw.errored;
      throw invalid("The form cannot be read.", error);
    } finally {
      // Whoever stops reading lets the form go as well.
      form.destroy();
    }
    if (problem !== "") throw invalid(problem);
  }
}

function parserFor(request: FastifyRequest) {
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      defCharset: "utf8",
      limits: { files: 1, fields: 20, parts: 30, fieldSize: 64 * 1024, headerPairs: 100 },
    });
  } catch (error) {
    throw invalid("The form has no boundary.", error);
  }
}

async function* untilIdle(body: Readable): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => body.destroy(new Error("the sender fell silent")), idleMs);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      timer.refresh();
      yield chunk;
    }
  } finally {
    clearTimeout(timer);
  }
}

function invalid(message: string, cause?: unknown): DomainError {
  return new DomainError({ code: "input.invalid", issues: [{ path: "", message }] }, { cause });
}

import { deleteFile, fileRef, listFiles } from "@chatee/shared/files";
import type { StoredFile } from "@chatee/shared/files";
import { z } from "zod";
import { flagInQuery, instant, numberInQuery, route, success } from "./route.ts";

const file = z
  .strictObject({
    fileId: z.string(),
    name: z.string(),
    mimeType: z.string(),
    kind: z.string(),
    size: z.int(),
    sha256: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    createdAtMs: instant,
  })
  .meta({ id: "File" });

export function toFileAnswer({ sizeBytes, ...of }: StoredFile): z.input<typeof file> {
  return { ...of, size: sizeBytes };
}

const filePath = "/api/files/:file_id";
const streamed = () => Promise.reject(new TypeError("this route is a stream, and served as one"));

export const fileRoutes = [
  route({
    method: "GET",
    path: "/api/files",
    summary: "Files, newest first, by cursor; search looks for a part of the name",
    procedures: ["files.list"],
    query: z.object({
      limit: numberInQuery.pipe(listFiles.shape.limit.unwrap()).optional(),
      cursor: z.string().max(300).optional(),
      search: z.string().max(200).optional(),
    }),
    answer: z.strictObject({ files: z.array(file), total: z.int(), nextCursor: z.string().nullable() }),
    run: async ({ call, query }) => {
      const { files, total, nextCursor } = await call.files.list(query);
      return { files: files.map(toFileAnswer), total, nextCursor };
    },
  }),
  route({
    method: "POST",
    path: "/api/files",
    summary:
      "Add a file: multipart/form-data with one file, or any other content type with the bytes themselves and ?name=. Content that is there already stays one file",
    procedures: ["files.get"],
    query: z.object({ name: z.string().optional() }),
    answer: file,
    status: 201,
    otherStatuses: [413, 422],
    isStream: true,
    run: streamed,
  }),
  route({
    method: "GET",
    path: filePath,
    summary: "The bytes of a file; takes Range and If-None-Match, and ?download=true to save a picture",
    procedures: ["files.get"],
    params: fileRef,
    query: z.object({ download: flagInQuery.optional() }),
    answer: z.unknown(),
    isStream: true,
    run: streamed,
  }),
  route({
    method: "GET",
    path: `${filePath}/thumbnail`,
    summary: "A small WebP of a picture, its longer side 512 pixels at most; takes If-None-Match",
    procedures: ["files.get"],
    params: fileRef,
    answer: z.unknown(),
    isStream: true,
    run: streamed,
  }),
  route({
    method: "DELETE",
    path: filePath,
    summary: "Remove a file; one that messages refer to only with force=true, they keep its name then",
    procedures: ["files.delete"],
    params: fileRef,
    query: z.object({ force: flagInQuery.pipe(deleteFile.shape.force.unwrap()).optional() }),
    answer: success,
    otherStatuses: [409],
    run: ({ call, params, query }) => call.files.delete({ ...params, force: query.force }),
  }),
];

import type { StoredFile } from "./files.ts";

const pattern = /^files\/([A-Za-z0-9][A-Za-z0-9._:-]{0,99})\/([^/]+)$/;

/** Where an archive of chatee keeps a file. */
export function archivedFileName({ fileId, name }: Pick<StoredFile, "fileId" | "name">): string {
  return `files/${fileId}/${name}`;
}

/** The file that an entry of an archive is; null for any other entry. */
export function readArchivedFileName(entry: string): Pick<StoredFile, "fileId" | "name"> | null {
  const [, fileId, name] = pattern.exec(entry) ?? [];
  return fileId !== undefined && name !== undefined ? { fileId, name } : null;
}

import { maxConversations, readConversation } from "@chatee/shared/archive";
import type { ArchiveProblem, ArchiveSource, ConversationImport } from "@chatee/shared/archive";
import { filesOf, readArchive, UnreadableArchive } from "./read-archive.ts";

type Skipped = { title: string | null; problem: ArchiveProblem };

/** What a file holds, before anything of it is sent. */
export type ArchivePreview = {
  sources: ArchiveSource[];
  conversations: number;
  messages: number;
  files: number;
  /** Messages without words, of tools or of the system. */
  left: number;
  firstMs: number | null;
  lastMs: number | null;
  skipped: number;
  /** The first of them. */
  examples: Skipped[];
  /** It breaks off, or is no archive; what came before can be taken in. */
  isBroken: boolean;
};
/** `files`: those that the server has by now. */
export type ImportProgress = { done: number; files: number } & Record<ConversationImport["outcome"], number>;

const maxExamples = 20;
/** Sent together: a call of that size is answered within seconds. */
const maxBatchChars = 1_000_000;
const maxBatchItems = Math.min(20, maxConversations);

export async function previewArchive(file: Blob, signal: AbortSignal): Promise<ArchivePreview> {
  const sources = new Set<ArchiveSource>();
  const preview: ArchivePreview = {
    sources: [],
    conversations: 0,
    messages: 0,
    files: 0,
    left: 0,
    firstMs: null,
    lastMs: null,
    skipped: 0,
    examples: [],
    isBroken: false,
  };
  try {
    for await (const _file of filesOf(file)) preview.files++;
    for await (const { text } of readArchive(file, signal)) {
      const read = text === null ? { problem: "too_large" as const, title: null } : readConversation(text);
      if ("problem" in read) {
        preview.skipped++;
        if (preview.examples.length < maxExamples) preview.examples.push(read);
        continue;
      }
      const { messages, session } = read.file;
      sources.add(read.source);
      preview.conversations++;
      preview.messages += messages.length;
      preview.left += read.left;
      const atMs = session.createdAtMs ?? messages[0]?.createdAtMs ?? 0;
      preview.firstMs = Math.min(preview.firstMs ?? atMs, atMs);
      preview.lastMs = Math.max(preview.lastMs ?? atMs, atMs);
    }
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    preview.isBroken = true;
  }
  return { ...preview, sources: [...sources] };
}

export type ImportDoors = {
  send: (conversations: string[]) => Promise<ConversationImport[]>;
  hasFile: (fileId: string) => Promise<boolean>;
  /** The id it has from then on. */
  upload: (file: File, signal: AbortSignal) => Promise<string>;
};

/**
 * Sends what the preview counted: files first, then a few conversations at a time. Stopped and begun again, it doubles
 * nothing.
 */
export async function importArchive(
  file: Blob,
  { send, hasFile, upload }: ImportDoors,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: ImportProgress) => void },
): Promise<void> {
  const progress: ImportProgress = { done: 0, files: 0, imported: 0, grown: 0, present: 0, skipped: 0 };
  const newIds = new Map<string, string>();
  for await (const { fileId, file: content } of filesOf(file)) {
    signal.throwIfAborted();
    if (!(await hasFile(fileId))) newIds.set(fileId, await upload(content, signal));
    progress.files++;
    onProgress({ ...progress });
  }
  let batch: string[] = [];
  let chars = 0;
  async function flush(): Promise<void> {
    if (batch.length === 0) return;
    signal.throwIfAborted();
    for (const { outcome } of await send(batch)) {
      progress.done++;
      progress[outcome]++;
    }
    batch = [];
    chars = 0;
    onProgress({ ...progress });
  }
  try {
    for await (const { text } of readArchive(file, signal)) {
      if (text === null || "problem" in readConversation(text)) {
        progress.skipped++;
        continue;
      }
      if (chars + text.length > maxBatchChars || batch.length >= maxBatchItems) await flush();
      batch.push(withFileIds(text, newIds));
      chars += text.length;
    }
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
  }
  await flush();
}

/** The conversation with its attachments under the ids that their files have here. */
function withFileIds(text: string, newIds: ReadonlyMap<string, string>): string {
  if (newIds.size === 0) return text;
  return JSON.stringify(
    JSON.parse(text, (key, value: unknown) => (key === "fileId" ? (newIds.get(String(value)) ?? value) : value)),
  );
}

import { maxConversations, readConversation } from "@chatee/shared/archive";
import type { ArchiveProblem, ArchiveSource, ConversationImport } from "@chatee/shared/archive";
import { readArchive, UnreadableArchive } from "./read-archive.ts";

type Skipped = { title: string | null; problem: ArchiveProblem };

/** What a file holds, before anything of it is sent. */
export type ArchivePreview = {
  sources: ArchiveSource[];
  conversations: number;
  messages: number;
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
export type ImportProgress = { done: number; imported: number; present: number; skipped: number };

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
    left: 0,
    firstMs: null,
    lastMs: null,
    skipped: 0,
    examples: [],
    isBroken: false,
  };
  try {
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

/** Sends what the preview counted, a few conversations at a time. Stopped and begun again, it doubles nothing. */
export async function importArchive(
  file: Blob,
  send: (conversations: string[]) => Promise<ConversationImport[]>,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: ImportProgress) => void },
): Promise<void> {
  const progress: ImportProgress = { done: 0, imported: 0, present: 0, skipped: 0 };
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
      batch.push(text);
      chars += text.length;
    }
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
  }
  await flush();
}

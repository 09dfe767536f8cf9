import { maxAttachments, readAttachments } from "@chatee/shared/attachments";
import type { Attachment } from "@chatee/shared/attachments";
import { createStore } from "../../api/store.ts";
import type { Store } from "../../api/store.ts";
import { readSaved, save } from "../../ui/saved.ts";
import { strings } from "./files.strings.ts";
import { uploadFile } from "./upload-file.ts";

/** A file on its way into a message: uploading → ready | failed. */
export type Attaching = {
  key: string;
  name: string;
  sizeBytes: number;
  state: "uploading" | "ready" | "failed";
  /** From 0 to 1. */
  progress: number;
  problem: string | null;
  /** Null until it is stored. */
  stored: Attachment | null;
};

/** What is attached to a message that is not sent yet. What is stored already is kept over a reload. */
export type AttachingList = Store<readonly Attaching[]> & {
  add: (files: readonly File[]) => void;
  /** Attaches again what came back from a message. */
  put: (attachments: readonly Attachment[]) => void;
  retry: (key: string) => void;
  /** Ends its upload. The file itself stays. */
  remove: (key: string) => void;
  clear: () => void;
};

const lists = new Map<string, AttachingList>();
let lastKey = 0;

/** One list per session, and one for the chat that has none yet: leaving the screen does not end an upload. */
export function attachingOf(sessionId: string | null): AttachingList {
  const key = `chatee.attached.${sessionId ?? "new"}`;
  const known = lists.get(key);
  if (known) return known;
  const made = createAttachingList(key);
  lists.set(key, made);
  return made;
}

function createAttachingList(savedKey: string): AttachingList {
  const entries = createStore<readonly Attaching[]>(restore(savedKey).map(toReady));
  const uploads = new Map<string, { file: File; stop: AbortController }>();

  function set(next: readonly Attaching[]): void {
    entries.set(next);
    const stored = next.flatMap((one) => one.stored ?? []);
    save(savedKey, stored.length === 0 ? null : JSON.stringify(stored));
  }
  function change(key: string, fields: Partial<Attaching>): void {
    set(entries.get().map((one) => (one.key === key ? { ...one, ...fields } : one)));
  }
  function start(key: string, file: File): void {
    const stop = new AbortController();
    uploads.set(key, { file, stop });
    const onProgress = (progress: number) => change(key, { progress });
    uploadFile(file, { onProgress, signal: stop.signal }).then(
      (stored) => {
        uploads.delete(key);
        // The same content twice is one file, and attached once.
        const isTwice = entries.get().some((one) => one.key !== key && one.stored?.fileId === stored.fileId);
        if (isTwice) set(entries.get().filter((one) => one.key !== key));
        else change(key, { state: "ready", progress: 1, stored });
      },
      (error: unknown) => {
        if (!stop.signal.aborted)
          change(key, { state: "failed", problem: error instanceof Error ? error.message : String(error) });
      },
    );
  }

  return {
    get: entries.get,
    subscribe: entries.subscribe,
    add(files) {
      for (const file of files) {
        const key = String(++lastKey);
        const isTooMany = entries.get().length >= maxAttachments;
        const problem = isTooMany ? strings.tooMany(maxAttachments) : null;
        const entry: Attaching = {
          key,
          name: file.name,
          sizeBytes: file.size,
          state: isTooMany ? "failed" : "uploading",
          progress: 0,
          problem,
          stored: null,
        };
        set([...entries.get(), entry]);
        if (!isTooMany) start(key, file);
      }
    },
    put(attachments) {
      const known = new Set(entries.get().map((one) => one.stored?.fileId));
      set([...attachments.filter(({ fileId }) => !known.has(fileId)).map(toReady), ...entries.get()]);
    },
    retry(key) {
      const upload = uploads.get(key);
      if (!upload) return;
      change(key, { state: "uploading", progress: 0, problem: null });
      start(key, upload.file);
    },
    remove(key) {
      uploads.get(key)?.stop.abort();
      uploads.delete(key);
      set(entries.get().filter((one) => one.key !== key));
    },
    clear() {
      for (const { stop } of uploads.values()) stop.abort();
      uploads.clear();
      set([]);
    },
  };
}

function toReady(stored: Attachment): Attaching {
  const { name, sizeBytes } = stored;
  return { key: String(++lastKey), name, sizeBytes, state: "ready", progress: 1, problem: null, stored };
}

/** Whatever is not readable is forgotten. */
function restore(savedKey: string): Attachment[] {
  try {
    return readAttachments(JSON.parse(readSaved(savedKey) ?? "[]"));
  } catch {
    return [];
  }
}

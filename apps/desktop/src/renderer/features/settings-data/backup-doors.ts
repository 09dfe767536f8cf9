import type { Failure } from "@chatee/shared/failure";
import { failureSentence } from "../../api/failure-sentence.ts";

export type RestoreState = { isAvailable: boolean; waitingSince: number | null };
export type BackupFacts = { sizeBytes: number; sessions: number; messages: number; newestAtMs: number | null };

export const doors = { export: "/data/export", exportWithFiles: "/data/export?files=true", backup: "/data/backup" };
const restore = "/data/restore";

/** Rejects with a sentence for a person. */
async function ask<TAnswer>(init: RequestInit): Promise<TAnswer> {
  const response = await fetch(`${window.location.origin}${restore}`, init);
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as TAnswer & { failure?: Failure };
  if (response.ok) return body;
  throw new Error(body.failure ? failureSentence(body.failure) : String(response.status));
}

export const restoreState = (): Promise<RestoreState> => ask({ signal: AbortSignal.timeout(15_000) });

/** The file is streamed from disk; how long that takes is its size's business. */
export const sendBackup = (file: File): Promise<BackupFacts> =>
  ask({ method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });

export const forgetRestore = (): Promise<unknown> => ask({ method: "DELETE", signal: AbortSignal.timeout(15_000) });

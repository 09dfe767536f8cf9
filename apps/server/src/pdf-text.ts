import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ReadPdf } from "@chatee/api/files/file-text";

const timeoutMs = 20_000;
const heapMb = 512;

/** In a thread of its own, so that a hostile document costs time and memory of nobody else; both are bounded. */
export function createReadPdf(): ReadPdf {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`./pdf-text.worker.${ending}`, import.meta.url));
  return async (bytes, maxChars, signal) => {
    const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const worker = new Worker(file, {
      workerData: { bytes, maxChars },
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
      env: {},
      stdout: true,
      stderr: true,
    });
    try {
      const [text] = (await once(worker, "message", { signal: until })) as unknown[];
      if (typeof text !== "string") throw new Error("the document has no text that can be read");
      return text;
    } finally {
      void worker.terminate();
    }
  };
}

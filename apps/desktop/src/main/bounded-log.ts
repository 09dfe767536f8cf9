import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

const maxBytes = 4 * 1024 * 1024;

/** A log of the shell and of the bundled server; the last 4 to 8 MiB of it are kept, in two files. */
export function createBoundedLog(file: string) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let sizeBytes = sizeOf(file);
  return {
    write(text: string | Uint8Array): void {
      try {
        if (sizeBytes > maxBytes) {
          renameSync(file, `${file}.1`);
          sizeBytes = 0;
        }
        appendFileSync(file, text, { mode: 0o600 });
        sizeBytes += text.length;
      } catch {
        // A full disk must not end the app.
      }
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

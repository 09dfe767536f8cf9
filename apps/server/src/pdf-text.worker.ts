import { parentPort, workerData } from "node:worker_threads";
import { getDocumentProxy } from "unpdf";

const { bytes, maxChars } = workerData as { bytes: Uint8Array; maxChars: number };
const maxPages = 2_000;

/** Page by page, until there is enough of it. */
async function read(): Promise<string> {
  const document = await getDocumentProxy(new Uint8Array(bytes));
  let text = "";
  for (let page = 1; page <= Math.min(document.numPages, maxPages) && text.length < maxChars; page++) {
    const { items } = await (await document.getPage(page)).getTextContent();
    const words = items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : ""}` : "")).join("");
    text += `${text === "" ? "" : "\n\n"}${words}`;
  }
  return text.slice(0, maxChars).toWellFormed();
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(await read().catch(() => null));

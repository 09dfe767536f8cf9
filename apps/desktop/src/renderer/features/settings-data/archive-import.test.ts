import { chatGptConversation, claudeConversation } from "@chatee/shared/testing/archives";
import type { ConversationImport } from "@chatee/shared/archive";
import { expect, test } from "vitest";
import { importArchive, previewArchive } from "./archive-import.ts";

const signal = () => new AbortController().signal;
const json = JSON.stringify([chatGptConversation, { title: "Broken", mapping: 7 }, claudeConversation]);

/** A zip as ChatGPT sends it: two entries, the second deflated. */
async function zipOf(text: string): Promise<Blob> {
  const packed = new Uint8Array(
    await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer(),
  );
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  const entries = [
    { name: "chat.html", method: 0, data: new TextEncoder().encode("<html>") },
    { name: "export/conversations.json", method: 8, data: packed },
  ];
  for (const { name, method, data } of entries) {
    const bytes = new TextEncoder().encode(name);
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    local.setUint16(26, bytes.length, true);
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, 0x02014b50, true);
    central.setUint16(10, method, true);
    central.setUint32(20, data.length, true);
    central.setUint16(28, bytes.length, true);
    central.setUint32(42, at, true);
    parts.push(new Uint8Array(local.buffer), bytes, data);
    directory.push(new Uint8Array(central.buffer), bytes);
    at += 30 + bytes.length + data.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint32(
    12,
    directory.reduce((sum, { length }) => sum + length, 0),
    true,
  );
  end.setUint32(16, at, true);
  return new Blob([...parts, ...directory, new Uint8Array(end.buffer)]);
}

test("a preview counts what a file holds, in a zip as beside it, and names what cannot be taken in", async () => {
  const preview = await previewArchive(new Blob([json]), signal());
  expect(preview).toEqual({
    sources: ["chatgpt", "claude"],
    conversations: 2,
    messages: 8,
    left: 4,
    firstMs: 1_700_000_000_500,
    lastMs: Date.parse("2024-05-01T10:00:00Z"),
    skipped: 1,
    examples: [{ title: "Broken", problem: "not_a_conversation" }],
    isBroken: false,
  });
  expect(await previewArchive(await zipOf(json), signal())).toEqual(preview);
});

test("a file that breaks off gives what came before, and one that is nothing gives nothing", async () => {
  const half = json.slice(0, json.indexOf("Naming a cat"));
  expect(await previewArchive(new Blob([half]), signal())).toMatchObject({ conversations: 1, isBroken: true });
  for (const nothing of ["", "PK\u0003\u0004 no zip", "hello"])
    expect(await previewArchive(new Blob([nothing]), signal())).toMatchObject({ conversations: 0, isBroken: true });
});

test("an import sends what was counted, tells how far it is, and stops where it is told to", async () => {
  const many = JSON.stringify(Array.from({ length: 45 }, () => claudeConversation));
  const sent: number[] = [];
  const send = async (conversations: string[]): Promise<ConversationImport[]> => {
    sent.push(conversations.length);
    return conversations.map(() => ({ outcome: "imported", sessionId: "s", messages: 2, title: null, left: 1 }));
  };
  const seen: number[] = [];
  await importArchive(new Blob([many]), send, { signal: signal(), onProgress: ({ done }) => seen.push(done) });
  expect([sent, seen]).toEqual([
    [20, 20, 5],
    [20, 40, 45],
  ]);
  const stop = new AbortController();
  const stopped = importArchive(new Blob([many]), send, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toThrow("abort");
  expect(sent).toEqual([20, 20, 5, 20]);
});

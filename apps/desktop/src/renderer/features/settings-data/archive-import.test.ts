import { chatGptConversation, claudeConversation } from "@chatee/shared/testing/archives";
import type { ConversationImport } from "@chatee/shared/archive";
import { expect, test } from "vitest";
import { importArchive, previewArchive } from "./archive-import.ts";

const signal = () => new AbortController().signal;
const json = JSON.stringify([chatGptConversation, { title: "Broken", mapping: 7 }, claudeConversation]);

type Entry = { name: string; text: string; isDeflated?: boolean };

const bytesOf = (size: number, fill: (view: DataView) => void) => {
  const view = new DataView(new ArrayBuffer(size));
  fill(view);
  return new Uint8Array(view.buffer);
};

/** A zip of these entries; `isLarge` writes sizes and places as archives beyond 4 GiB have them. */
async function zipOf(entries: Entry[], { isLarge = false } = {}): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  const lengthOf = (some: Uint8Array[]) => some.reduce((sum, { length }) => sum + length, 0);
  const elsewhere = 0xffff_ffff;
  for (const { name, text, isDeflated = false } of entries) {
    const stream = new Blob([text]).stream();
    const packed = isDeflated ? stream.pipeThrough(new CompressionStream("deflate-raw")) : stream;
    const data = new Uint8Array(await new Response(packed).arrayBuffer());
    const bytes = new TextEncoder().encode(name);
    const at = lengthOf(parts);
    const local = bytesOf(30, (view) => {
      view.setUint32(0, 0x04034b50, true);
      view.setUint16(26, bytes.length, true);
    });
    const extra = bytesOf(isLarge ? 28 : 0, (view) => {
      if (!isLarge) return;
      view.setUint16(0, 1, true);
      view.setUint16(2, 24, true);
      for (const [index, value] of [text.length, data.length, at].entries())
        view.setBigUint64(4 + index * 8, BigInt(value), true);
    });
    const central = bytesOf(46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint16(10, isDeflated ? 8 : 0, true);
      view.setUint32(20, isLarge ? elsewhere : data.length, true);
      view.setUint32(24, isLarge ? elsewhere : text.length, true);
      view.setUint16(28, bytes.length, true);
      view.setUint16(30, extra.length, true);
      view.setUint32(42, isLarge ? elsewhere : at, true);
    });
    parts.push(local, bytes, data);
    directory.push(central, bytes, extra);
  }
  const [from, size] = [lengthOf(parts), lengthOf(directory)];
  const large = bytesOf(isLarge ? 76 : 0, (view) => {
    if (!isLarge) return;
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(40, BigInt(size), true);
    view.setBigUint64(48, BigInt(from), true);
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(from + size), true);
  });
  const end = bytesOf(22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint32(12, isLarge ? elsewhere : size, true);
    view.setUint32(16, isLarge ? elsewhere : from, true);
  });
  return new Blob([...parts, ...directory, large, end]);
}
/** As ChatGPT sends it. */
const chatGptZip = (text: string) => [
  { name: "chat.html", text: "<html>" },
  { name: "export/conversations.json", text, isDeflated: true },
];

test("a preview counts what a file holds, in a zip as beside it, and names what cannot be taken in", async () => {
  const preview = await previewArchive(new Blob([json]), signal());
  expect(preview).toEqual({
    sources: ["chatgpt", "claude"],
    conversations: 2,
    messages: 8,
    files: 0,
    left: 4,
    firstMs: 1_700_000_000_500,
    lastMs: Date.parse("2024-05-01T10:00:00Z"),
    skipped: 1,
    examples: [{ title: "Broken", problem: "not_a_conversation" }],
    isBroken: false,
  });
  for (const isLarge of [false, true])
    expect(await previewArchive(await zipOf(chatGptZip(json), { isLarge }), signal())).toEqual(preview);
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
  const doors = { send, hasFile: async () => true, upload: async () => "none" };
  await importArchive(new Blob([many]), doors, { signal: signal(), onProgress: ({ done }) => seen.push(done) });
  expect([sent, seen]).toEqual([
    [20, 20, 5],
    [20, 40, 45],
  ]);
  const stop = new AbortController();
  const stopped = importArchive(new Blob([many]), doors, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toThrow("abort");
  expect(sent).toEqual([20, 20, 5, 20]);
});

test("files of an archive go first, those that the server lacks, and chats name them by their new ids", async () => {
  const sent: string[] = [];
  const uploaded: [string, string][] = [];
  const attachments = ["kept", "lost"].map((fileId) => ({ fileId, name: `${fileId}.txt` }));
  const message = {
    messageId: "m",
    parentId: null,
    role: "user",
    content: "Look",
    createdAtMs: 1,
    ext: { attachments },
  };
  const session = { version: "1.0", exportType: "session", session: { title: "Files" }, messages: [message] };
  const chat = { version: "1.0", exportType: "sessions", sessions: [session] };
  const archive = await zipOf([
    { name: "conversations.json", text: JSON.stringify(chat) },
    { name: "files/kept/kept.txt", text: "here already" },
    { name: "files/lost/我的.txt", text: "not here" },
    { name: "files/../evil.txt", text: "no file of ours" },
  ]);
  expect(await previewArchive(archive, signal())).toMatchObject({ conversations: 1, files: 2 });
  const seen: number[] = [];
  await importArchive(
    archive,
    {
      hasFile: async (fileId) => fileId === "kept",
      upload: async (file) => {
        uploaded.push([file.name, await file.text()]);
        return "new-id";
      },
      send: async (conversations) => {
        sent.push(...conversations);
        return conversations.map(() => ({ outcome: "imported", sessionId: "s", messages: 1, title: null, left: 0 }));
      },
    },
    { signal: signal(), onProgress: ({ files }) => seen.push(files) },
  );
  expect(uploaded).toEqual([["我的.txt", "not here"]]);
  expect(seen).toEqual([1, 2, 2]);
  expect(sent.join("")).toContain('"fileId":"new-id","name":"lost.txt"');
  expect(sent.join("")).toContain('"fileId":"kept"');
});

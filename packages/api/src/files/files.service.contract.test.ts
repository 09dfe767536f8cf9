import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeEngines } from "@chatee/db/testing/engines";
import type { Database } from "@chatee/db/database";
import { createFileStore } from "@chatee/db/files.store";
import { attachmentsOf } from "@chatee/shared/attachments";
import { createConfig } from "@chatee/shared/llm";
import { importSession } from "@chatee/shared/session-export";
import { expect, onTestFinished, test } from "vitest";
import type { ModelMessage } from "../llm/provider.ts";
import { codeOf, ended, newSession } from "../testing/chat.ts";
import { openTestServices } from "../testing/test-services.ts";
import { createFolderStorage } from "./folder-storage.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEUlEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==",
  "base64",
);
const words = (text: string) => Buffer.from(text);

const contentOf = (message: ModelMessage | undefined) => (message && "content" in message ? message.content : null);

async function* stream(...chunks: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield chunk;
  }
}

async function openFiles(db: Database, maxBytes = 1_000) {
  const folder = await mkdtemp(join(tmpdir(), "chatee-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let ids = 0;
  const storage = createFolderStorage(folder, () => `incoming-${++ids}`);
  const readPdf = async (bytes: Uint8Array) => `words of ${bytes.length} bytes`;
  let made = 0;
  const makeThumbnail = async (bytes: Uint8Array) => {
    made++;
    if (!png.equals(bytes)) throw new Error("no picture");
    return words("small");
  };
  const app = await openTestServices(db, { files: { storage, maxBytes, readPdf, makeThumbnail } });
  const { services, ownerId } = app;
  const onDisk = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).toSorted();
  };
  const upload = (name: string, ...chunks: (Uint8Array | Error)[]) =>
    services.files.upload(ownerId, { name, content: stream(...chunks) });
  return { ...app, folder, onDisk, upload, made: () => made };
}

describeEngines("files", (open) => {
  test("a picture is made small once, for its owner, and the small one goes with it", async () => {
    await using app = await openFiles(await open());
    const { services, ownerId, upload, onDisk, made } = app;
    const { fileId } = await upload("a.png", png);
    const small = () => services.files.thumbnail(ownerId, fileId);
    const [one, other] = await Promise.all([small(), small()]);
    expect([String(one), String(other), String(await small()), made()]).toEqual(["small", "small", "small", 1]);
    expect(await codeOf(services.files.thumbnail("bob", fileId))).toBe("file.not_found");
    const text = await upload("a.txt", words("text"));
    expect(await codeOf(services.files.thumbnail(ownerId, text.fileId))).toBe("file.no_thumbnail");
    const broken = await upload("b.png", png.subarray(0, 30));
    for (let time = 0; time < 2; time++)
      expect(await codeOf(services.files.thumbnail(ownerId, broken.fileId))).toBe("file.no_thumbnail");
    expect(made()).toBe(2);

    // Upkeep finds it beside its file.
    const old = new Date(0);
    for (const name of await onDisk()) await utimes(join(app.folder, name.slice(-2), name), old, old);
    await services.files.tidy(AbortSignal.timeout(5_000));
    expect(await onDisk()).toContain(`small-${fileId}`);
    await services.files.remove(ownerId, { fileId, force: false });
    expect(await onDisk()).toEqual([text.fileId, broken.fileId].toSorted());
  });

  test("a file is what its bytes say, comes back as it was, and the same content is one file", async () => {
    await using app = await openFiles(await open());
    const { services, ownerId, upload, onDisk } = app;
    const picture = await upload("../../etc/evil\u202e.html", png.subarray(0, 10), png.subarray(10));
    expect(picture).toMatchObject({ name: "evil.html", mimeType: "image/png", kind: "image", width: 2, height: 3 });
    expect(await upload("script.svg", words("<svg onload=alert(1)>"))).toMatchObject({ mimeType: "text/plain" });
    expect(await upload("笔记.md", words("# 你"), words("好"))).toMatchObject({
      mimeType: "text/markdown",
      kind: "text",
    });
    expect(await upload("a.txt", Buffer.from([0xff, 0xfe, 0x00]))).toMatchObject({ kind: "other" });
    expect(await upload("empty")).toMatchObject({ sizeBytes: 0, kind: "text" });

    expect(await Promise.all([upload("b.png", png), upload("c.png", png)])).toEqual([picture, picture]);
    expect(await onDisk()).toHaveLength(5);
    const { file, read } = await services.files.open(ownerId, picture.fileId);
    expect(file).toEqual(picture);
    expect(Buffer.concat(await Array.fromAsync(read()))).toEqual(png);
    expect(Buffer.concat(await Array.fromAsync(read({ start: 1, end: 3 }))).toString()).toBe("PNG");

    const first = await services.files.list(ownerId, { limit: 3 });
    const rest = await services.files.list(ownerId, { limit: 3, cursor: first.nextCursor });
    expect([first.total, first.files.length, rest.files.length, rest.nextCursor]).toEqual([5, 3, 2, null]);
    expect(await codeOf(services.files.list(ownerId, { limit: 3, cursor: "x" }))).toBe("cursor.invalid");
    for (const attempt of [
      () => services.files.get("bob", picture.fileId),
      () => services.files.open("bob", picture.fileId),
      () => services.files.remove("bob", { fileId: picture.fileId, force: true }),
    ])
      expect(await codeOf(attempt())).toBe("file.not_found");
  });

  test("nothing stays of what is too large or was cut, nor of what a crash left behind", async () => {
    const db = await open();
    await using app = await openFiles(db, 100);
    const { services, ownerId, upload, onDisk, folder, environment } = app;
    expect(await codeOf(upload("large", Buffer.alloc(60), Buffer.alloc(60)))).toBe("input.too_large");
    await expect(upload("cut", Buffer.alloc(60), new Error("the caller left"))).rejects.toThrow("the caller left");
    expect(await onDisk()).toEqual([]);

    const kept = await upload("kept", words("kept"));
    await writeFile(join(folder, "incoming", "half"), "half");
    await writeFile(join(folder, "incoming", "young"), "young");
    const strays = [
      join(folder, "incoming", "half"),
      join(folder, kept.fileId.slice(-2), `stray-of-nobody-${kept.fileId.slice(-2)}`),
    ];
    for (const path of strays) {
      await writeFile(path, "x");
      await utimes(path, new Date(0), new Date(0));
    }
    await utimes(join(folder, kept.fileId.slice(-2), kept.fileId), new Date(0), new Date(0));
    await utimes(join(folder, "incoming", "young"), new Date(environment.now()), new Date(environment.now()));
    await services.files.tidy(new AbortController().signal);
    expect(await onDisk()).toEqual([kept.fileId, "young"].toSorted());

    await rm(join(folder, kept.fileId.slice(-2), kept.fileId));
    expect(await codeOf(services.files.open(ownerId, kept.fileId))).toBe("file.not_found");
    expect(await upload("again", words("kept"))).toEqual(kept);
    expect(await onDisk()).toContain(kept.fileId);
  });

  test("what a message carries is shown to the model, is kept by every other answer, and stays while it is needed", async () => {
    const db = await open();
    await using app = await openFiles(db);
    const { services, ownerId, upload, model, onDisk } = app;
    const { configId } = await services.llm.create(
      ownerId,
      createConfig.parse({ name: "seeing", provider: "openai", model: "gpt-4o", apiKey: "k" }),
    );
    const sessionId = await newSession(app);
    const files = [
      await upload("pic.png", png),
      await upload("notes.txt", words("the secret is 42")),
      await upload("paper.pdf", words("%PDF-1.7 whatever")),
      await upload("data.bin", Buffer.from([0, 1, 2])),
    ];
    const fileIds = files.map(({ fileId }) => fileId);
    const [picture] = files;
    if (!picture) throw new Error("no picture");
    expect(await codeOf(services.messages.send(ownerId, { sessionId, content: "x", fileIds: ["none"] }))).toBe(
      "file.not_found",
    );
    const said = { sessionId, content: "", fileIds, llmConfigId: configId };
    const sent = await services.messages.send(ownerId, said);
    const first = await model.next();
    const [asked] = first.request.messages;
    expect(asked).toMatchObject({
      role: "user",
      media: [{ type: "image", mimeType: "image/png", data: png.toString("base64") }],
    });
    expect(contentOf(asked)).toBe(
      [
        "[Attached picture: pic.png]",
        '<file name="notes.txt">\nthe secret is 42\n</file>',
        '<file name="paper.pdf">\nwords of 17 bytes\n</file>',
        "[Attached file: data.bin, application/octet-stream. It has no text that can be read.]",
      ].join("\n\n"),
    );
    first.answer("I see");
    await ended(app, sent.messageId);
    const stored = await services.messages.get(ownerId, sent.userMessageId);
    expect(attachmentsOf(stored)).toMatchObject([{ fileId: picture.fileId, name: "pic.png", width: 2 }, {}, {}, {}]);
    expect(await services.sessions.get(ownerId, sessionId)).toMatchObject({
      title: "pic.png, notes.txt, paper.pdf, data.bin",
    });

    const again = await services.messages.regenerate(ownerId, { messageId: sent.messageId });
    const second = await model.next();
    expect(second.request.messages).toEqual(first.request.messages);
    second.answer("Again");
    await ended(app, again.messageId);
    const edited = await services.messages.edit(ownerId, { messageId: sent.userMessageId, content: "And now?" });
    const third = await model.next();
    expect(contentOf(third.request.messages[0])).toMatch(/^And now\?\n\n\[Attached picture/);
    third.answer("Now");
    await ended(app, edited.messageId);

    expect(await codeOf(services.files.remove(ownerId, { fileId: picture.fileId, force: false }))).toBe("file.in_use");
    const exported = await services.sessions.export(ownerId, sessionId);
    await services.files.remove(ownerId, { fileId: picture.fileId, force: true });
    expect(await onDisk()).not.toContain(picture.fileId);
    const gone = await services.messages.regenerate(ownerId, { messageId: edited.messageId });
    const fourth = await model.next();
    expect(fourth.request.messages[0]).not.toHaveProperty("media");
    expect(contentOf(fourth.request.messages[0])).toContain("[Attached file: pic.png. It was deleted.]");
    fourth.answer("Gone");
    await ended(app, gone.messageId);

    const copy = await services.sessions.import(ownerId, importSession.parse(exported));
    const [imported] = (await services.messages.list(ownerId, { sessionId: copy.sessionId, limit: 50 })).messages;
    expect(imported && attachmentsOf(imported).map(({ name }) => name)).toEqual(files.map(({ name }) => name));

    const store = createFileStore(db);
    const refusal = codeOf(services.files.remove(ownerId, { fileId: fileIds[1] ?? "", force: false }));
    expect([await refusal, (await store.uses(ownerId, fileIds[1] ?? "", 9)).map((use) => use.sessionId)]).toEqual([
      "file.in_use",
      expect.arrayContaining([sessionId, copy.sessionId]),
    ]);
    await services.sessions.delete(ownerId, copy.sessionId);
    await services.messages.delete(ownerId, edited.userMessageId);
    expect(await store.uses(ownerId, fileIds[1] ?? "", 9)).toMatchObject([{ messageId: sent.userMessageId }]);
    await services.sessions.delete(ownerId, sessionId);
    await services.files.remove(ownerId, { fileId: fileIds[1] ?? "", force: false });
    expect(await services.files.list(ownerId, { limit: 9, search: "NOTES" })).toMatchObject({ total: 0 });
  });

  test("a model that sees no pictures is told of them, and others' files are nothing to it", async () => {
    await using app = await openFiles(await open());
    const { services, ownerId, upload, model } = app;
    const picture = await upload("pic.png", png);
    const foreign = await services.files.upload("bob", { name: "b.txt", content: stream(words("bob's")) });
    const sessionId = await newSession(app);
    expect(await codeOf(services.messages.send(ownerId, { sessionId, content: "x", fileIds: [foreign.fileId] }))).toBe(
      "file.not_found",
    );
    const attachments = [{ ...foreign }, { ...picture }].map(({ sha256: _hash, ...one }) => one);
    await services.messages.create(ownerId, { sessionId, role: "user", content: "Look", ext: { attachments } });
    const sent = await services.messages.send(ownerId, { sessionId, content: "Well?" });
    const { request, answer } = await model.next();
    expect(request.messages).toEqual([
      {
        role: "user",
        content:
          "Look\n\n[Attached file: b.txt. It was deleted.]\n\n[Attached picture: pic.png. It cannot be shown to you.]",
      },
      { role: "user", content: "Well?" },
    ]);
    answer("ok");
    await ended(app, sent.messageId);
  });
});

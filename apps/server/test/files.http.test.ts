import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { imageSizeOf } from "@chatee/api/files/image-size";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestServer, fetchFrom, openClient } from "./create-test-server.ts";
import { pdfSaying } from "./pdf.ts";
import { pngOf } from "./png.ts";

let server: Awaited<ReturnType<typeof createTestServer>>;
beforeAll(async () => {
  server = await createTestServer({ env: { CHATEE_RESEARCH__UPLOAD_MAX_MB: "0.25" } });
});
afterAll(() => server.close());

const maxBytes = 256 * 1024;
type Answer = { file_id: string; name: string; size: number; mime_type: string; kind: string; sha256: string };

const fetched = (path: string, init?: RequestInit) => fetchFrom(server)(path, init);
async function uploadRaw(name: string, body: string | Uint8Array<ArrayBuffer>, type = "application/octet-stream") {
  const path = `/api/files?name=${encodeURIComponent(name)}`;
  const response = await fetched(path, { method: "POST", body, headers: { "content-type": type } });
  return { status: response.status, body: (await response.json()) as Answer };
}
async function uploadForm(...files: { name: string; content: string | Uint8Array<ArrayBuffer>; type?: string }[]) {
  const form = new FormData();
  form.set("note", "a field beside it");
  for (const { name, content, type } of files) form.append("file", new Blob([content], { type: type ?? "" }), name);
  const response = await fetched("/api/files", { method: "POST", body: form });
  return { status: response.status, body: (await response.json()) as Answer };
}
async function onDisk(): Promise<string[]> {
  const folder = join(server.dataDirectory, "files");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}
/** Nothing is told when a half upload is gone; it goes at once or, by a bug, never. */
const untilOnDisk = (count: number) => expect.poll(onDisk, { timeout: 5_000 }).toHaveLength(count);

test("a file goes in as a form or as its bytes, is one file both times, and comes out in parts", async () => {
  const raw = await uploadRaw("数据 1.txt", "0123456789");
  expect(raw).toMatchObject({ status: 201, body: { name: "数据 1.txt", size: 10, mime_type: "text/plain" } });
  const form = await uploadForm({ name: "other.txt", content: "0123456789", type: "image/png" });
  expect(form).toEqual(raw);
  const path = `/api/files/${raw.body.file_id}`;
  const get = (headers: Record<string, string> = {}) => fetched(path, { headers });

  const whole = await get();
  expect(await whole.text()).toBe("0123456789");
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "text/plain; charset=utf-8",
    "content-length": "10",
    "content-disposition": `attachment; filename="__ 1.txt"; filename*=UTF-8''${encodeURIComponent("数据 1.txt")}`,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-cache",
  });
  const etag = whole.headers.get("etag") ?? "";
  expect((await get({ "if-none-match": etag })).status).toBe(304);
  for (const [range, expected] of [
    ["bytes=2-4", "234"],
    ["bytes=7-", "789"],
    ["bytes=-2", "89"],
    ["bytes=8-99", "89"],
  ] as const) {
    const part = await get({ range });
    expect([part.status, await part.text()]).toEqual([206, expected]);
    expect(part.headers.get("content-range")).toMatch(/^bytes \d-9?\d?\/10$|^bytes 2-4\/10$/);
  }
  const none = await get({ range: "bytes=10-" });
  expect([none.status, none.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  for (const range of ["bytes=0-1,3-4", "bytes=5-2", "lines=1-2", "bytes=-"])
    expect([(await get({ range })).status, range]).toEqual([200, range]);
  expect((await get({ range: "bytes=0-1", "if-range": '"another"' })).status).toBe(200);
  const head = await fetched(path, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
});

test("what a file claims to be is not believed, and nothing in it runs", async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  for (const [name, content, type] of [
    ["a.svg", svg, "image/svg+xml"],
    ["a.html", "<script>alert(1)</script>", "text/html"],
    ["a.png", "<html><script>alert(2)</script>", "image/png"],
  ] as const) {
    const { body } = await uploadForm({ name, content, type });
    const answer = await fetched(`/api/files/${body.file_id}`);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment;/);
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  }
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const { body } = await uploadForm({ name: 'x";\r\n.html', content: png, type: "text/html" });
  const shown = await fetched(`/api/files/${body.file_id}`);
  expect(shown.headers.get("content-type")).toBe("image/png");
  expect(shown.headers.get("content-disposition")).toMatch(/^inline;/);
  const saved = await fetched(`/api/files/${body.file_id}?download=true`);
  expect(saved.headers.get("content-disposition")).toMatch(/^attachment;/);
});

test("a name never becomes a place", async () => {
  const before = (await onDisk()).length;
  for (const name of ["../../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x", "..", "a\u202egnp.exe"]) {
    const { status, body } = await uploadRaw(name, `content of ${name}`);
    expect([status, /[/\\\u202e]|^\.+$/.test(body.name)]).toEqual([201, false]);
  }
  const entries = await onDisk();
  expect(entries.length).toBe(before + 5);
  expect(entries.every((entry) => /^[0-9a-f-]{36}$/.test(entry))).toBe(true);
  for (const id of ["..%2f..%2ftoken", "%2e%2e", "nobody", "x".repeat(101)])
    expect((await fetched(`/api/files/${id}`)).status).toBeOneOf([400, 404]);
  expect((await fetched("/api/files/%00")).status).toBe(400);
});

test("what is too large, malformed or cut leaves nothing behind", async () => {
  const before = (await onDisk()).length;
  const large = await uploadRaw("large", new Uint8Array(maxBytes + 100_000));
  expect(large).toMatchObject({ status: 413, body: { max_bytes: maxBytes, error: { code: "PAYLOAD_TOO_LARGE" } } });
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let sent = 0; sent <= maxBytes; sent += 32_768) controller.enqueue(new Uint8Array(32_768));
      controller.close();
    },
  });
  const streamed = await fetched("/api/files", { method: "POST", body: chunks, duplex: "half" }).then(
    (response) => response.status,
    () => 413,
  );
  expect(streamed).toBe(413);
  const two = [
    { name: "a", content: "one of two" },
    { name: "b", content: "two of two" },
  ];
  expect((await uploadForm(...two)).status).toBe(400);
  expect((await uploadForm()).status).toBe(400);
  for (const [type, body] of [
    ["multipart/form-data", "x"],
    ["multipart/form-data; boundary=b", "nothing of a form"],
    ["multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nhalf'],
  ] as const)
    expect(await uploadRaw("x", body, type)).toMatchObject({ status: 400, body: { error: { code: "BAD_REQUEST" } } });

  for (const type of ["application/octet-stream", "multipart/form-data; boundary=b"]) {
    const sending = httpRequest(`${server.url}/api/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": type, "content-length": 100_000 },
    });
    sending.on("error", () => {});
    sending.write('--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n');
    sending.write(Buffer.alloc(50_000));
    await untilOnDisk(before + 1);
    sending.destroy();
    await untilOnDisk(before);
  }
  expect((await fetch(`${server.url}/api/files`, { method: "POST", body: "x" })).status).toBe(401);
});

test("files are listed, found by name, kept while a message needs them, and read by the model", async () => {
  await using api = openClient(server);
  const { client } = api;
  const notes = (await uploadRaw("Meeting notes.md", "the code word is heron")).body;
  const paper = (await uploadRaw("paper.pdf", pdfSaying("Herons stand on one leg"), "application/pdf")).body;
  expect([notes.kind, paper.kind]).toEqual(["text", "pdf"]);
  const list = (await (await fetched("/api/files?search=MEETING&limit=1")).json()) as { files: Answer[] };
  expect(list).toMatchObject({ files: [notes], total: 1, next_cursor: null });
  expect((await client.files.list.query()).total).toBeGreaterThan(1);

  const config = await client.llm.create.mutate({ name: "demo", provider: "demo", model: "demo-fast" });
  const { sessionId } = await client.sessions.create.mutate({ llmConfigId: config.configId });
  const sent = await client.messages.send.mutate({
    sessionId,
    content: "/demo echo read",
    fileIds: [notes.file_id, paper.file_id],
  });
  const answer = async () => await client.messages.get.query({ messageId: sent.messageId });
  await expect.poll(async () => (await answer()).status, { timeout: 20_000 }).toBe("completed");
  const { content } = await answer();
  expect(content).toContain("the code word is heron");
  expect(content).toContain("Herons stand on one leg");

  const path = `/api/files/${notes.file_id}`;
  const refused = await fetched(path, { method: "DELETE" });
  expect([refused.status, ((await refused.json()) as { message: string }).message]).toEqual([
    409,
    expect.stringContaining("/demo echo read"),
  ]);
  expect((await fetched(`${path}?force=true`, { method: "DELETE" })).status).toBe(200);
  expect((await fetched(path)).status).toBe(404);
  expect((await client.messages.get.query({ messageId: sent.userMessageId })).ext).toMatchObject({
    attachments: [{ name: "Meeting notes.md" }, { name: "paper.pdf" }],
  });
});

test("a picture has a small one; what is none, or says it is enormous, has not", async () => {
  const small = async (fileId: string, headers: Record<string, string> = {}) => {
    const response = await fetched(`/api/files/${fileId}/thumbnail`, { headers });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const picture = await uploadRaw("wide.png", pngOf(700, 100));
  const answer = await small(picture.body.file_id);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "image/webp",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, no-cache",
  });
  expect(imageSizeOf("image/webp", answer.bytes)).toEqual({ width: 512, height: 73 });
  expect((await small(picture.body.file_id, { "if-none-match": answer.headers.get("etag") ?? "" })).status).toBe(304);
  expect((await small(picture.body.file_id)).bytes.equals(answer.bytes)).toBe(true);

  const text = await uploadRaw("a.txt", "no picture");
  const bomb = await uploadRaw("bomb.png", pngOf(60_000, 60_000, { isHollow: true }));
  const empty = await uploadRaw("empty.png", pngOf(300, 100).subarray(0, 20));
  for (const { body } of [text, bomb, empty]) {
    const refused = await small(body.file_id);
    expect([refused.status, JSON.parse(refused.bytes.toString())]).toMatchObject([
      404,
      { error: { message: expect.stringContaining("no picture that can be made small") } },
    ]);
  }
  expect((await small("unknown")).status).toBe(404);
  const cut = await uploadRaw("cut.png", pngOf(300, 100).subarray(0, 40_000));
  expect((await small(cut.body.file_id)).status).toBe(200);
});

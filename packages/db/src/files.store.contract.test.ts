import { expect, it } from "vitest";
import { createFileStore } from "./files.store.ts";
import type { NewFile } from "./files.store.ts";
import { createSessionStore } from "./sessions.store.ts";
import { NothingTouched } from "./statements.ts";
import { describeEngines } from "./testing/engines.ts";
import { sessionRow } from "./testing/rows.ts";
import { isUniqueViolation } from "./violations.ts";

describeEngines("file store", (open) => {
  const file = (fileId: string, change: Partial<NewFile> = {}): NewFile => ({
    fileId,
    name: `${fileId} 图.PNG`,
    mimeType: "image/png",
    kind: "image",
    sizeBytes: 3_000_000_000,
    sha256: `hash of ${fileId}`,
    width: 4,
    height: null,
    createdAtMs: 5,
    lastUsedAtMs: 5,
    ...change,
  });
  const at = (messageId: string, sessionId = "s1") => ({ messageId, sessionId, atMs: 9 });

  it("keeps a content once per owner, and shows and changes it for that owner alone", async () => {
    const db = await open();
    const files = createFileStore(db);
    await files.insert("ann", file("a"));
    const again = await files.insert("ann", file("b", { sha256: "hash of a" })).catch((error: unknown) => error);
    expect(isUniqueViolation(again)).toBe(true);
    await files.insert("bob", file("c", { sha256: "hash of a" }));
    expect(await files.find("ann", "a")).toEqual({ ...file("a"), ownerId: "ann" });
    expect(await files.findContent("ann", "hash of a")).toMatchObject({ fileId: "a" });
    expect(await files.findMany("ann", ["a", "c", "none"])).toMatchObject([{ fileId: "a" }]);
    expect(await files.find("ann", "c")).toBeUndefined();
    expect(await files.removeUnused("ann", "c")).toBe(false);
    expect(await files.remove("ann", "c")).toBe(false);
    const foreign = db.write(...files.refer("ann", at("m1"), ["c"])).catch((error: unknown) => error);
    expect(await foreign).toBeInstanceOf(NothingTouched);
    expect(await files.known(["a", "b", "c"])).toEqual(new Set(["a", "c"]));
  });

  it("pages newest first through ties, and finds a part of a name in any case", async () => {
    const files = createFileStore(await open());
    for (const id of ["a", "b", "c"]) await files.insert("ann", file(id));
    await files.insert("ann", file("d", { createdAtMs: 9, name: "Notes.txt" }));
    const first = await files.list("ann", { limit: 2 });
    const rest = await files.list("ann", { limit: 9, after: { atMs: 5, id: "c" } });
    expect([...first, ...rest].map((row) => row.fileId)).toEqual(["d", "c", "b", "a"]);
    expect((await files.list("ann", { limit: 9, search: "NOTES" })).map((row) => row.fileId)).toEqual(["d"]);
    expect([await files.count("ann"), await files.count("ann", "图.png"), await files.count("bob")]).toEqual([4, 3, 0]);
  });

  it("keeps what a message refers to; references go with their session, or with the file", async () => {
    const db = await open();
    const files = createFileStore(db);
    const sessions = createSessionStore(db);
    await files.insert("ann", file("a"));
    await files.insert("ann", file("b"));
    await db.write(
      sessions.insert(sessionRow("s1", { title: "Talk" })),
      sessions.insert(sessionRow("s2")),
      ...files.refer("ann", at("m1"), ["a", "b"]),
      ...files.refer("ann", at("m2", "s2"), ["a"]),
    );
    expect(await files.removeUnused("ann", "a")).toBe(false);
    expect(await files.uses("ann", "a", 10)).toMatchObject([
      { messageId: "m2" },
      { messageId: "m1", sessionTitle: "Talk" },
    ]);
    expect(await files.uses("bob", "a", 10)).toEqual([]);
    await db.write(files.unrefer("bob", "m2"), ...sessions.remove("ann", "s1"));
    expect(await files.uses("ann", "a", 10)).toMatchObject([{ messageId: "m2" }]);
    expect(await files.removeUnused("ann", "b")).toBe(true);
    await db.write(files.unrefer("ann", "m2"), ...files.refer("ann", at("m3", "s2"), ["a"]));
    expect(await files.uses("ann", "a", 10)).toMatchObject([{ messageId: "m3" }]);
    expect(await files.remove("ann", "a")).toBe(true);
    expect(await files.uses("ann", "a", 10)).toEqual([]);
  });

  it("lets either a removal or a reference win, never both", async () => {
    const db = await open();
    const files = createFileStore(db);
    const sessions = createSessionStore(db);
    await db.write(sessions.insert(sessionRow("s1")));
    for (const id of ["a", "b", "c", "d"]) {
      await files.insert("ann", file(id));
      const referring = db.write(...files.refer("ann", at(`m-${id}`), [id])).then(
        () => true,
        () => false,
      );
      const [isRemoved, isReferred] = await Promise.all([files.removeUnused("ann", id), referring]);
      expect(isRemoved).toBe(!isReferred);
      expect(await files.uses("ann", id, 9)).toHaveLength(isReferred ? 1 : 0);
    }
  });
});

import { expect, test } from "vitest";
import { attachmentsOf, maxAttachments, readAttachment } from "./attachments.ts";

const picture = {
  fileId: "f-1",
  name: "map.png",
  mimeType: "image/png",
  kind: "image",
  sizeBytes: 10,
  width: 4,
  height: null,
} as const;

test("an attachment is read with what it says, and nothing that is none", () => {
  expect(readAttachment({ ...picture, more: 1 })).toEqual(picture);
  const { width: _width, height: _height, ...bare } = picture;
  expect(readAttachment(bare)).toEqual({ ...picture, width: null, height: null });
  const wrong = [
    { fileId: "../x" },
    { fileId: "" },
    { name: "" },
    { name: "x".repeat(201) },
    { mimeType: 1 },
    { kind: "exe" },
    { sizeBytes: -1 },
    { sizeBytes: 1.5 },
    { width: "4" },
  ];
  for (const change of wrong) expect(readAttachment({ ...picture, ...change }), JSON.stringify(change)).toBeNull();
  for (const value of [null, undefined, "f-1", []]) expect(readAttachment(value)).toBeNull();
});

test("what a client stored instead of attachments is nothing", () => {
  expect(attachmentsOf({ ext: { attachments: [picture] } })).toEqual([picture]);
  const others = [null, { attachments: picture }, { attachments: [picture, 1] }, [], "attachments"];
  for (const ext of others) expect(attachmentsOf({ ext })).toEqual([]);
  expect(attachmentsOf({ ext: { attachments: Array.from({ length: maxAttachments + 1 }, () => picture) } })).toEqual(
    [],
  );
});

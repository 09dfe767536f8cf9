import { randomBytes } from "node:crypto";
import { DomainError } from "@chatee/shared/failure";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAesSecrets } from "./secrets-aes.ts";

const key = (id: string) => ({ id, key: randomBytes(32) });
const context = "llm_configs/c1/api_key";

function failureOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error.failure;
    throw error;
  }
  return null;
}

describe("sealed text", () => {
  const secrets = createAesSecrets({ keys: [key("k1")], randomBytes });

  test("opens to what was sealed, whatever the text and the context", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, where) => {
        expect(secrets.open(secrets.seal(text, where), where)).toBe(text.toWellFormed());
      }),
    );
  });

  test("does not show its text and never looks the same twice", () => {
    const first = secrets.seal("sk-very-secret", context);
    expect(first).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(Buffer.from(first.split(".")[3] ?? "", "base64url").toString("latin1")).not.toContain("sk-very-secret");
    expect(secrets.seal("sk-very-secret", context)).not.toBe(first);
  });

  test("does not open in another row", () => {
    const sealed = secrets.seal("sk-1", context);
    expect(failureOf(() => secrets.open(sealed, "llm_configs/c2/api_key"))).toEqual({
      code: "secret.unreadable",
      keyId: "k1",
    });
  });

  test("does not open once any one character was changed, added or dropped", () => {
    const sealed = secrets.seal("sk-1", context);
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === "A" ? "B" : "A";
      for (const changed of [
        sealed.slice(0, at) + other + sealed.slice(at + 1),
        sealed.slice(0, at) + sealed.slice(at + 1),
      ]) {
        expect(
          failureOf(() => secrets.open(changed, context)),
          changed,
        ).toMatchObject({ code: "secret.unreadable" });
      }
    }
    for (const junk of ["", "plain key", `${sealed}=`, `${sealed}.x`, ` ${sealed}`, "v1.k1..", "v2.k1.a.b"]) {
      expect(
        failureOf(() => secrets.open(junk, context)),
        junk,
      ).toMatchObject({ code: "secret.unreadable" });
    }
  });

  test("does not open with another installation's key of the same id, and the failure tells the id only", () => {
    const elsewhere = createAesSecrets({ keys: [key("k1")], randomBytes });
    expect(failureOf(() => elsewhere.open(secrets.seal("sk-1", context), context))).toEqual({
      code: "secret.unreadable",
      keyId: "k1",
    });
  });
});

describe("rotation", () => {
  const [old, fresh] = [key("old"), key("fresh")];
  const before = createAesSecrets({ keys: [old], randomBytes });
  const during = createAesSecrets({ keys: [fresh, old], randomBytes });
  const after = createAesSecrets({ keys: [fresh], randomBytes });

  test("old text stays readable until it was resealed, then the old key can go", () => {
    const sealed = before.seal("sk-1", context);
    expect(during.open(sealed, context)).toBe("sk-1");
    const resealed = during.reseal(sealed, context);
    expect([before.isSealedBy(sealed, "old"), during.isSealedBy(resealed, "fresh")]).toEqual([true, true]);
    expect(after.open(resealed, context)).toBe("sk-1");
    expect(failureOf(() => after.open(sealed, context))).toEqual({ code: "secret.unreadable", keyId: "old" });
  });

  test("resealing twice changes nothing, and never moves text to another row", () => {
    const resealed = during.reseal(before.seal("sk-1", context), context);
    expect(during.reseal(resealed, context)).toBe(resealed);
    expect(failureOf(() => during.reseal(before.seal("sk-1", context), "elsewhere"))).toMatchObject({
      code: "secret.unreadable",
    });
  });
});

test("a key that is too short, unnamed or doubled stops the start", () => {
  const make = (keys: { id: string; key: Uint8Array }[]) => () => createAesSecrets({ keys, randomBytes });
  expect(make([])).toThrow("at least one");
  expect(make([{ id: "k", key: randomBytes(16) }])).toThrow("32 bytes");
  expect(make([key("a.b")])).toThrow("id");
  expect(make([key("a"), key("a")])).toThrow("share");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { id, uuidv7 } from "./ids.ts";

test("a UUIDv7 carries its time, its version and its variant", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.uint8Array({ minLength: 10, maxLength: 10 }),
      (atMs, random) => {
        const made = uuidv7(atMs, random);
        expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(Number.parseInt(made.replaceAll("-", "").slice(0, 12), 16)).toBe(atMs);
      },
    ),
  );
});

test("ids of old clients are accepted, anything that could be more than an id is not", () => {
  for (const good of ["msg-1712345678901", "a", "A.b_c:d-9", "x".repeat(100)])
    expect(id.safeParse(good).success).toBe(true);
  for (const bad of ["", "a b", "a/b", "é", "a\n", "x".repeat(101), "../x", null, 7])
    expect(id.safeParse(bad).success).toBe(false);
});

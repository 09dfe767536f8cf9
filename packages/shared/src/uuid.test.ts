import fc from "fast-check";
import { expect, test } from "vitest";
import { uuidv7 } from "./uuid.ts";

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

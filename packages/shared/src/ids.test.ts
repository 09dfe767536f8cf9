import { expect, test } from "vitest";
import { id } from "./ids.ts";

test("ids of old clients are accepted, anything that could be more than an id is not", () => {
  for (const good of ["msg-1712345678901", "a", "A.b_c:d-9", "x".repeat(100)])
    expect(id.safeParse(good).success).toBe(true);
  for (const bad of ["", "a b", "a/b", "é", "a\n", "x".repeat(101), "../x", null, 7])
    expect(id.safeParse(bad).success).toBe(false);
});

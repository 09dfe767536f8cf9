import { expect, test } from "vitest";
import { tokenOf } from "./sign-in.ts";

test("the token of a printed link is found, and no other part of an address is taken for one", () => {
  expect(tokenOf("#token=abc_-123")).toBe("abc_-123");
  expect(tokenOf("#token=a%2Bb")).toBe("a+b");
  for (const hash of ["", "#/", "#/sessions/token=abc", "#token=", "?token=abc"]) expect(tokenOf(hash)).toBeNull();
});

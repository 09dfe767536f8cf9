import { expect, test } from "vitest";
import { toPlainLine } from "./plain-line.ts";

test("marks of Markdown are left out of a preview, and ordinary signs stay", () => {
  expect(toPlainLine("# Hello **you** and `code` - see [the docs](https://example.com) end")).toBe(
    "Hello you and code see the docs end",
  );
  expect(toPlainLine("**工作流**可以重复")).toBe("工作流可以重复");
  expect(toPlainLine("snake_case a-b 3.5 C#")).toBe("snake_case a-b 3.5 C#");
});

import { expect, test } from "vitest";
import { matchesOf } from "./matches.ts";

const marked = (text: string, query: string) =>
  matchesOf(text, query)
    .map((piece) => (piece.isMatch ? `[${piece.text}]` : piece.text))
    .join("");

test("words of a query are found in any case, the longest first, and signs are only signs", () => {
  expect(marked("Move Orders to the new orders_v2 table", "orders new")).toBe(
    "Move [Orders] to the [new] [orders]_v2 table",
  );
  expect(marked("数据库迁移方案", "迁移")).toBe("数据库[迁移]方案");
  expect(marked("a (b) c.d", "(b) .")).toBe("a [(b)] c[.]d");
  expect(marked("in inside", "in inside")).toBe("[in] [inside]");
});

test("without a query nothing stands out", () => {
  expect(marked("plain", " ")).toBe("plain");
});

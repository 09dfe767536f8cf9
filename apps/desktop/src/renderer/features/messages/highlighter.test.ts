import { expect, test } from "vitest";
import { tokenize } from "./highlighter.ts";

test("colored pieces are the code again, for the names models write", async () => {
  const code = 'const a: string = "x"; // why\n\nfunction f() {\n  return a;\n}';
  const colors = new Set<string | undefined>();
  for (const language of ["ts", "typescript", "js", "tsx"]) {
    const lines = await tokenize(code, language);
    expect(lines?.map((line) => line.map(({ content }) => content).join("")).join("\n")).toBe(code);
    for (const { color } of lines?.flat() ?? []) colors.add(color);
  }
  expect(colors.size).toBeGreaterThan(3);
});

test("a language without a grammar stays plain, also when its name is one of Object's own", async () => {
  for (const language of ["klingon", "constructor", "__proto__", ""]) expect(await tokenize("x", language)).toBeNull();
});

import { expect, test } from "vitest";
import { mayHaveMath, withMath } from "./math-text.ts";

test("each way to write a formula becomes the one that is parsed", () => {
  expect(withMath("so \\(a^2\\) and $b_1$ hold")).toBe("so $$a^2$$ and $$b_1$$ hold");
  expect(withMath("\\[\nE = mc^2\n\\]")).toBe("\n$$\nE = mc^2\n$$\n");
  expect(withMath("$$\nx\n$$")).toBe("$$\nx\n$$");
  expect(withMath("因此$x=1$成立")).toBe("因此$$x=1$$成立");
});

test("prices, variables of a shell and code are left alone", () => {
  for (const text of [
    "$5 and $10",
    "from $5-$10 a day",
    "costs $3.50, not $4.",
    "set $HOME to $PATH",
    "`$a_1$`",
    "```sh\necho $x_1 = $y\n```",
  ])
    expect(withMath(text)).toBe(text);
  expect(mayHaveMath("it costs $5 or $6")).toBe(false);
  expect(mayHaveMath("```\n$a^2$\n")).toBe(false);
  expect(mayHaveMath("$a^2$")).toBe(true);
});

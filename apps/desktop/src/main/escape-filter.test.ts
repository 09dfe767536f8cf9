import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEscapeFilter } from "./escape-filter.ts";

const shown = (text: string) => createEscapeFilter().push(text);

describe("a program's output cannot act on the person's machine", () => {
  test.each([
    ["writes the clipboard", "\u001b]52;c;cm0gLXJmIH4=\u0007"],
    ["reads the clipboard", "\u001b]52;c;?\u001b\\"],
    ["writes the clipboard with 8-bit codes", "\u009d52;c;cm0gLXJmIH4=\u009c"],
    ["asks for the title, which would be typed into the shell", "\u001b[21t"],
    ["asks for the title with an 8-bit code", "\u009b21t"],
    ["moves and resizes the window", "\u001b[3;0;0t\u001b[8;1;1t"],
    ["hands over a file", "\u001b]1337;File=name=YQ==;inline=1:AAAA\u0007"],
    ["shows a notification", "\u001b]9;you won\u0007\u001b]777;notify;a;b\u0007"],
    ["asks the terminal's name", "\u0005"],
    ["sends a device string", '\u001bP$q"p\u001b\\\u001bP+q544e\u001b\\'],
    ["sends a program command", "\u001b_Gf=100;AAAA\u001b\\\u001b^x\u001b\\\u001bXy\u001b\\"],
    ["links to a program's address", "\u001b]8;;file:///etc/passwd\u0007"],
    ["links to a script", "\u001b]8;;javascript:alert(1)\u001b\\"],
    ["links with a name and a password", "\u001b]8;;https://bank.example@evil.example/\u0007"],
    ["hides a sequence in a title", "\u001b]0;a\u009d52;c;QQ==\u0007"],
  ])("%s: nothing is left of it", (_what, text) => {
    expect(shown(`<${text}>`)).toBe("<>");
  });

  test("a title is cut to a line's length, and a string that never ends stays out of memory and off the screen", () => {
    expect(shown(`\u001b]2;${"x".repeat(5_000)}\u0007ok`)).toBe("ok");
    expect(shown(`\u001b]2;${"x".repeat(1_000)}\u0007`)).toHaveLength(200 + 5);
    const filter = createEscapeFilter();
    expect(filter.push(`\u001b]52;c;${"A".repeat(1_000_000)}`)).toBe("");
    expect(filter.push("\u001b\\done")).toBe("done");
    expect(shown(`\u001b[${"1;".repeat(1_000)}mok`)).toBe("ok");
  });
});

test.each([
  ["text in any script", "naïve 你好 🙂 \r\n\t\b\u0007"],
  ["colors and places", "\u001b[1;38;5;208mwarm\u001b[0m\u001b[2J\u001b[10;5H\u001b[?2004h\u001b[?25l"],
  ["questions that programs need an answer to", "\u001b[c\u001b[6n\u001b[>c"],
  ["character sets and saved places", "\u001b(0lqk\u001b(B\u001b7\u001b8\u001bM\u001bc"],
  ["a title and colors of the palette", "\u001b]0;vim\u0007\u001b]4;1;rgb:ff/00/00\u0007\u001b]104\u0007"],
  ["a link to the web", "\u001b]8;id=1;https://example.com/a;b\u0007here\u001b]8;;\u0007"],
])("what programs draw with is left as it is: %s", (_what, text) => {
  expect(shown(text)).toBe(text.replace("]104\u0007", "]104;\u0007"));
});

test("however output is cut into chunks, the same is shown, and no forbidden sequence comes out", () => {
  const piece = fc.constantFrom(
    "a",
    "你",
    ";",
    "5",
    "52",
    "c",
    "t",
    "m",
    "\u001b",
    "[",
    "]",
    "\\",
    "P",
    "\u0007",
    "\u0018",
    "\u009b",
    "\u009c",
    "\u009d",
    "8;;",
    "file:///x",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 8 }), (chunks) => {
      const filter = createEscapeFilter();
      const inChunks = chunks.map((chunk) => filter.push(chunk.join(""))).join("");
      expect(inChunks).toBe(shown(chunks.flat().join("")));
      // oxlint-disable no-control-regex -- these are what must not be there
      expect(inChunks).not.toMatch(/\u001b\](?!(0|2|4|8|10|11|12|104|110|111|112);)|\u001b\[[\d;]*t|\u001bP/);
      expect(inChunks).not.toMatch(/[\u0080-\u009f]|\u001b\]8;[^\u0007]*file:/);
      // oxlint-enable no-control-regex
      expect(shown(inChunks)).toBe(inChunks);
    }),
    { numRuns: 300 },
  );
});

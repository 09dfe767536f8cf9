import type { MenuItemConstructorOptions, PopupOptions } from "electron";
import { describe, expect, test } from "vitest";
import { addContextMenu, contextMenu } from "./context-menu.ts";
import type { Pressed } from "./context-menu.ts";
import { shellStrings } from "./shell.strings.ts";
import { PageStandIn } from "./testing/stand-ins.ts";

const origin = "http://127.0.0.1:40123";
const strings = shellStrings("en");
const nothing = () => {};
const none = { canCut: false, canCopy: false, canPaste: false, canSelectAll: false };
const editFlags = { ...none, canUndo: false, canRedo: false, canDelete: false, canEditRichly: false };
const background: Pressed = {
  editFlags,
  isEditable: false,
  selectionText: "",
  linkURL: "",
  mediaType: "none",
  hasImageContents: false,
};
const picture = { mediaType: "image", hasImageContents: true } as const;

function menuOf(pressed: Partial<Pressed>, language = "en"): MenuItemConstructorOptions[] {
  return contextMenu(
    { ...background, ...pressed },
    { strings: shellStrings(language), origin },
    { copyText: nothing, copyPicture: nothing },
  );
}
/** What is read in it, from top to bottom; what cannot be chosen in brackets. */
const wordsOf = (menu: readonly MenuItemConstructorOptions[]) =>
  menu.map(({ type, label, enabled }) => (type === "separator" ? "-" : enabled === false ? `(${label})` : label));

describe("the right mouse button", () => {
  test("in a field offers what can be done with its text, and shows what cannot", () => {
    const flags = { ...editFlags, canPaste: true, canSelectAll: true };
    const field = menuOf({ isEditable: true, editFlags: flags });
    expect(wordsOf(field)).toEqual(["(Cut)", "(Copy)", "Paste", "-", "Select all"]);
    expect(field.map(({ role }) => role)).toEqual(["cut", "copy", "paste", undefined, "selectAll"]);
    const chosen = menuOf({
      isEditable: true,
      editFlags: { ...flags, canCut: true, canCopy: true },
      selectionText: "a",
    });
    expect(wordsOf(chosen)).toEqual(["Cut", "Copy", "Paste", "-", "Select all"]);
  });
  test("on text that cannot be changed copies what is selected, and has no menu where nothing is", () => {
    const flags = { ...editFlags, canCopy: true, canPaste: true, canSelectAll: true };
    expect(wordsOf(menuOf({ editFlags: flags, selectionText: "heron" }))).toEqual(["Copy"]);
    expect(menuOf({ editFlags: flags, selectionText: "\n " })).toEqual([]);
    expect(menuOf({ selectionText: "heron" })).toEqual([]);
    expect(menuOf({})).toEqual([]);
  });
  test("on a link copies where it leads on the web or to mail, and nothing that is only for this window", () => {
    const copied: string[] = [];
    const press = (linkURL: string) => {
      const actions = { copyText: (text: string) => copied.push(text), copyPicture: nothing };
      const menu = contextMenu({ ...background, linkURL }, { strings, origin }, actions);
      for (const { label, click } of menu) if (label === "Copy link") (click as () => void)();
      return menu.length;
    };
    expect(["https://example.com/a?b=c", "mailto:a@example.com"].map(press)).toEqual([1, 1]);
    expect(copied).toEqual(["https://example.com/a?b=c", "mailto:a@example.com"]);
    const others = [
      `${origin}/#/sessions/1`,
      "javascript:alert(1)",
      "data:text/html,a",
      "file:///etc/passwd",
      "chatee://open",
    ];
    expect(others.map(press)).toEqual([0, 0, 0, 0, 0]);
  });
  test("on a picture copies it once it is there, beside the link and the selection around it", () => {
    expect(wordsOf(menuOf(picture))).toEqual(["Copy picture"]);
    expect(menuOf({ ...picture, hasImageContents: false })).toEqual([]);
    expect(menuOf({ mediaType: "video", hasImageContents: true })).toEqual([]);
    const all = {
      ...picture,
      linkURL: "https://example.com/",
      selectionText: "a",
      editFlags: { ...editFlags, canCopy: true },
    };
    expect(wordsOf(menuOf(all))).toEqual(["Copy link", "-", "Copy picture", "-", "Copy"]);
  });
  test("is answered in the shell's language", () => {
    expect(wordsOf(menuOf({ isEditable: true, editFlags: { ...editFlags, canPaste: true } }, "zh-CN"))).toEqual([
      "(剪切)",
      "(复制)",
      "粘贴",
      "-",
      "(全选)",
    ]);
  });
  test("opens the menu at the pointer, with a key at the caret, and copies the picture that was pressed", () => {
    const page = new PageStandIn();
    const shown: { menu: MenuItemConstructorOptions[]; place: PopupOptions }[] = [];
    addContextMenu(page.asContents(), {
      strings,
      origin: () => origin,
      copyText: nothing,
      popup: (menu, place) => shown.push({ menu, place }),
    });
    const press = (pressed: object) => page.emit("context-menu", {}, { ...background, x: 30, y: 40, ...pressed });
    press({ menuSourceType: "mouse" });
    expect(shown).toEqual([]);
    press({ ...picture, menuSourceType: "mouse" });
    press({ isEditable: true, menuSourceType: "keyboard" });
    expect(shown.map(({ place }) => place)).toEqual([
      { sourceType: "mouse" },
      { x: 30, y: 40, sourceType: "keyboard" },
    ]);
    (shown[0]?.menu[0]?.click as (() => void) | undefined)?.();
    expect(page.copiedAt).toEqual([[30, 40]]);
  });
});

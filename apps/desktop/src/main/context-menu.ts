import type { ContextMenuParams, MenuItemConstructorOptions, PopupOptions, WebContents } from "electron";
import { isOf, toExternal } from "./addresses.ts";
import type { ShellStrings } from "./shell.strings.ts";

/** What was pressed, as far as the menu depends on it. */
export type Pressed = Pick<
  ContextMenuParams,
  "editFlags" | "isEditable" | "selectionText" | "linkURL" | "mediaType" | "hasImageContents"
>;

/** What can be done with what was pressed; empty when there is nothing. */
export function contextMenu(
  { editFlags: can, isEditable, selectionText, linkURL, mediaType, hasImageContents }: Pressed,
  { strings, origin }: { strings: ShellStrings; origin: string | null },
  actions: { copyText: (text: string) => void; copyPicture: () => void },
): MenuItemConstructorOptions[] {
  // An address of the server's own is for this window: no other program is signed in there.
  const link = isOf(origin, linkURL) ? null : toExternal(linkURL);
  const hasPicture = mediaType === "image" && hasImageContents;
  const copy: MenuItemConstructorOptions = { label: strings.copy, role: "copy", enabled: can.canCopy };
  const text: MenuItemConstructorOptions[] = isEditable
    ? [
        { label: strings.cut, role: "cut", enabled: can.canCut },
        copy,
        { label: strings.paste, role: "paste", enabled: can.canPaste },
      ]
    : selectionText.trim() !== "" && can.canCopy
      ? [copy]
      : [];
  const groups: MenuItemConstructorOptions[][] = [
    link === null ? [] : [{ label: strings.copyLink, click: () => actions.copyText(link) }],
    hasPicture ? [{ label: strings.copyPicture, click: () => actions.copyPicture() }] : [],
    text,
    // Elsewhere than in a field it would take the whole screen, buttons and all.
    isEditable ? [{ label: strings.selectAll, role: "selectAll", enabled: can.canSelectAll }] : [],
  ];
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : [{ type: "separator" as const }, ...group]));
}

/** Gives a page a menu for its right mouse button; Electron has none of its own. */
export function addContextMenu(
  page: Pick<WebContents, "on" | "copyImageAt">,
  deps: {
    strings: ShellStrings;
    origin: () => string | null;
    copyText: (text: string) => void;
    popup: (menu: MenuItemConstructorOptions[], place: PopupOptions) => void;
  },
): void {
  page.on("context-menu", (_event, pressed) => {
    const { x, y, menuSourceType: sourceType } = pressed;
    const { strings, copyText } = deps;
    const actions = { copyText, copyPicture: () => page.copyImageAt(x, y) };
    const menu = contextMenu(pressed, { strings, origin: deps.origin() }, actions);
    if (menu.length === 0) return;
    // Opened with a key it belongs where the caret is; the pointer may rest anywhere.
    deps.popup(menu, sourceType === "keyboard" ? { x, y, sourceType } : { sourceType });
  });
}

import type { ClipboardEvent } from "react";

/** Browsers insert a paste line by line into their undo history: a few thousand lines hold the page up for seconds. */
const longChars = 4_000;

/** Puts a long paste into a text field in one go. Short ones are left to the browser, which can undo them. */
export function pasteLongText(event: ClipboardEvent<HTMLTextAreaElement>, onText: (text: string) => void): void {
  const pasted = event.clipboardData.getData("text/plain");
  if (pasted.length < longChars) return;
  event.preventDefault();
  const field = event.currentTarget;
  field.setRangeText(pasted.replaceAll("\r\n", "\n"), field.selectionStart, field.selectionEnd, "end");
  onText(field.value);
}

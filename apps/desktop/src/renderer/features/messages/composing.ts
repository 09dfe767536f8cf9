import type { KeyboardEvent } from "react";

const imeKeyCode = 229;

/**
 * True while an input method is choosing characters: its Enter picks a word and must not send. Safari ends the
 * composition before it reports that Enter, but still gives it the input method's key code.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === imeKeyCode;
}

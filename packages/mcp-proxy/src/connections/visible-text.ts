/**
 * Characters that show nothing and can still be read by a model or fool a reader: controls (but line ends and tabs),
 * format characters (zero width, directions, Unicode tags), private use, and whatever else Unicode lets a screen ignore.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;
/** The same but carriage returns, which go without being counted, in one look at the whole text: most have none. */
const anyHidden = /[\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]|(?![\n\r\t])\p{Cc}/u;
/** Asks for the colored form of the sign before it. */
const emojiSelector = "\ufe0f";
const joiner = /[\u200c\u200d]/;
const joinable = /[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;

export type VisibleText = { text: string; /** How many characters were taken out. */ hiddenCount: number };

/** The text as a reader sees it. Joiners stay where a script or an emoji needs them: between two characters they join. */
export function toVisibleText(source: string): VisibleText {
  if (!anyHidden.test(source)) return { text: source.replaceAll("\r", ""), hiddenCount: 0 };
  const characters = [...source];
  let text = "";
  let hiddenCount = 0;
  characters.forEach((character, index) => {
    const isJoining =
      joiner.test(character) &&
      joinable.test(characters[index - 1] ?? "") &&
      joinable.test(characters[index + 1] ?? "");
    const isSelecting = character === emojiSelector && /[\p{Emoji}]/u.test(characters[index - 1] ?? "");
    const isLayout = character === "\n" || character === "\t";
    if (isJoining || isSelecting || isLayout || !hidden.test(character)) text += character;
    else if (character !== "\r") hiddenCount += 1;
  });
  return { text, hiddenCount };
}

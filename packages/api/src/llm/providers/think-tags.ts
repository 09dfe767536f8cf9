export type TaggedText = { type: "thinking" | "content"; text: string };

const tags = { content: "<think>", thinking: "</think>" };

/**
 * Takes `<think>…</think>` out of a content stream, as many open models write it, wherever the stream is cut into
 * pieces. An opening tag counts only at the start of a line, so prose and code that mention it stay content. Blanks
 * around the thinking are dropped; an unclosed tag makes the rest thinking. Holds back blanks and a partial tag only.
 */
export function createThinkTags() {
  let mode: TaggedText["type"] = "content";
  let out: TaggedText[] = [];
  let partialTag = "";
  let blanks = "";
  /** Only blanks so far on this line: an opening tag may follow. */
  let onFreshLine = true;
  /** Blanks are held: at the very start, and all through thinking, until it is known whether they matter. */
  let started = false;
  let afterTag = false;

  function emit(text: string) {
    const last = out.at(-1);
    if (last?.type === mode) last.text += text;
    else out.push({ type: mode, text });
    started = true;
    afterTag = false;
  }

  function switchMode() {
    mode = mode === "content" ? "thinking" : "content";
    partialTag = "";
    blanks = "";
    onFreshLine = true;
    afterTag = true;
  }

  function takeText(char: string) {
    if (/\s/.test(char)) {
      if (char === "\n") onFreshLine = true;
      if (afterTag) return;
      if (mode === "thinking" || !started) blanks += char;
      else emit(char);
      return;
    }
    onFreshLine = false;
    emit(blanks + char);
    blanks = "";
  }

  function take(char: string) {
    const tag = tags[mode];
    if (partialTag === "" && !(char === "<" && (mode === "thinking" || onFreshLine))) return takeText(char);
    if (tag.startsWith(partialTag + char)) {
      partialTag += char;
      if (partialTag === tag) switchMode();
      return;
    }
    giveUpTag();
    take(char);
  }

  function giveUpTag() {
    if (partialTag === "") return;
    onFreshLine = false;
    emit(blanks + partialTag);
    blanks = "";
    partialTag = "";
  }

  /** In plain content nothing is held back, so a piece without a tag's first character goes through as it is. */
  function isPlain(text: string) {
    return mode === "content" && started && !afterTag && partialTag === "" && !text.includes("<");
  }

  function passThrough(text: string): TaggedText[] {
    const end = text.trimEnd();
    onFreshLine = text.includes("\n", end.length) || (end === "" && onFreshLine);
    return [{ type: "content", text }];
  }

  function drain() {
    const drained = out;
    out = [];
    return drained;
  }

  return {
    push(text: string): TaggedText[] {
      if (isPlain(text)) return passThrough(text);
      for (const char of text) take(char);
      return drain();
    },
    /** The held-back rest; call once when the stream has ended. */
    end(): TaggedText[] {
      giveUpTag();
      if (mode === "content" && blanks !== "") emit(blanks);
      return drain();
    },
  };
}

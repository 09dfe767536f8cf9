import { stemmer } from "stemmer";

/** `whole` as the text has it, `pair` two neighbours of a script without spaces, `character` one of a longer word. */
export type Word = { text: string; at: number; kind: "whole" | "pair" | "character" };

const firstBeyondAscii = 0x80;
const maxWordChars = 40;
const maxQueryChars = 2_000;

/**
 * What a text is cut into: runs of letters and digits with their marks. `dense` scripts have no spaces and
 * short words, `spaceless` ones no spaces and long words, Hangul has spaces but changes its words by endings.
 */
const runs =
  /(?<dense>[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]&&[\p{L}\p{N}\p{M}]]+)|(?<hangul>\p{sc=Hangul}+)|(?<spaceless>[[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]&&[\p{L}\p{N}\p{M}]]+)|[\p{L}\p{N}][[\p{L}\p{N}\p{Mn}\p{Mc}]--[\p{VS}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]]*/gv;

/** Made when a text needs it: its dictionaries take longer to load than most of what a server starts with. */
let loaded: Intl.Segmenter | null = null;
const segmenter = () => (loaded ??= new Intl.Segmenter("en", { granularity: "word" }));

const plainWord = /^[a-z]+$/;
const latinMarks = /[\u0300-\u036f]/g;
const han = /^\p{sc=Han}$/v;
const kana = /^[\p{sc=Hiragana}\p{sc=Katakana}]$/v;

const stems = new Map<string, string>();

/** Words that are in nearly every text: a query goes without them unless it has no others. */
const commonWords = new Set(
  `a an and are as at be been but by can could did do does for from had has have he her his how i if in into is it its
  me my no not of on or our she should so than that the their them then there these they this to was we were what when
  where which who why will with would you your
  的 了 是 在 我 你 他 她 它 们 这 那 有 和 就 不 也 都 很 吗 呢 吧 啊 把 被 让 给 与 及 或 之`
    .split(/\s+/)
    .map(stemOf),
);

/** One form for what looks or means the same: NFKC in lower case. */
export function normalize(text: string): string {
  return text.toWellFormed().normalize("NFKC").toLowerCase();
}

/**
 * The words of a normalized text in their order, as they go into the index. Words of ASCII between ASCII are most of
 * most texts, and found without the expression, which takes five times as long for them.
 */
export function* wordsOf(normalized: string): Generator<Word, void, void> {
  const { length } = normalized;
  for (let at = 0; at < length;) {
    let end = at;
    while (isAsciiWord(normalized.charCodeAt(end))) end++;
    if (end === length || normalized.charCodeAt(end) < firstBeyondAscii) {
      if (end > at) yield { text: wordOf(normalized.slice(at, end)), at, kind: "whole" };
      at = end + 1;
      continue;
    }
    runs.lastIndex = at;
    const match = runs.exec(normalized);
    if (!match) return;
    const [text] = match;
    at = match.index;
    const { dense, hangul, spaceless } = match.groups ?? {};
    if (dense !== undefined) yield* denseWords(text, at);
    else if (hangul !== undefined) yield* hangulWords(text, at);
    else if (spaceless !== undefined) yield* segmentsOf(text, at);
    else yield { text: wordOf(text), at, kind: "whole" };
    at += text.length;
  }
}

/** A letter of a normalized text, or a digit. NaN, past the end, is neither. */
function isAsciiWord(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

/**
 * The different words to look for, at most `max`. Pairs find a word wherever the text's own words begin and
 * end; a single character counts only where it is a word by itself.
 */
export function queryWordsOf(query: string, max: number): string[] {
  const words = [...wordsOf(normalize(query.slice(0, maxQueryChars)))].filter(({ kind }) => kind !== "character");
  const telling = words.filter(({ text }) => !commonWords.has(text) && !kana.test(text));
  return [...new Set((telling.length > 0 ? telling : words).map(({ text }) => text))].slice(0, max);
}

function* segmentsOf(run: string, at: number): Generator<Word, void, void> {
  for (const { segment, index } of segmenter().segment(run))
    yield { text: shortened(segment), at: at + index, kind: "whole" };
}

function* denseWords(run: string, at: number): Generator<Word, void, void> {
  for (const { segment, index } of segmenter().segment(run)) {
    const start = at + index;
    yield { text: shortened(segment), at: start, kind: "whole" };
    const isWhole = han.test(segment);
    let offset = index;
    for (const character of segment) {
      if (!isWhole && han.test(character)) yield { text: character, at: at + offset, kind: "character" };
      const end = offset + character.length;
      const next = run.codePointAt(end);
      if (next !== undefined) yield { text: character + String.fromCodePoint(next), at: at + offset, kind: "pair" };
      offset = end;
    }
  }
}

function* hangulWords(run: string, at: number): Generator<Word, void, void> {
  if (run.length !== 2) yield { text: shortened(run), at, kind: "whole" };
  for (let index = 0; index + 2 <= run.length; index++)
    yield { text: run.slice(index, index + 2), at: at + index, kind: "pair" };
}

/** Without the marks on Latin letters, and for words of the basic alphabet without their English ending. */
function wordOf(run: string): string {
  if (plainWord.test(run)) return stemOf(shortened(run));
  const bare = run.normalize("NFD").replace(latinMarks, "");
  return plainWord.test(bare) ? stemOf(shortened(bare)) : shortened(run);
}

function shortened(word: string): string {
  return word.length > maxWordChars ? word.slice(0, maxWordChars) : word;
}

/** Stems are remembered: the same few thousand words make up most of every text. */
function stemOf(word: string): string {
  const known = stems.get(word);
  if (known !== undefined) return known;
  if (stems.size >= 20_000) stems.clear();
  const stem = plainWord.test(word) ? stemmer(word) : word;
  stems.set(word, stem);
  return stem;
}

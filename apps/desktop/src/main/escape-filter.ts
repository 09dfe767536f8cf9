/**
 * Lets through what programs draw with, and nothing by which their output could act on the person's machine: no
 * clipboard (OSC 52), no files or notifications (OSC 9, 777, 1337, 5…), no window operations or title reports (CSI … t,
 * whose answers would be typed into the shell), no device strings (DCS, APC, PM, SOS), no links to anything but the web.
 * Works over chunks cut anywhere, holds back at most one sequence of bounded length, and swallows longer ones whole.
 */
export type EscapeFilter = {
  /** What of the output may be shown; the rest of an unfinished sequence follows with a later chunk. */
  push: (text: string) => string;
};

const maxCsiChars = 256;
const maxOscChars = 4_096;
const maxTitleChars = 200;
const maxLinkChars = 2_000;

const esc = "\u001b";
const [bell, cancel, substitute] = ["\u0007", "\u0018", "\u001a"];
const stringEnd = "\u009c";
/** What begins a sequence, the 8-bit controls that begin none, and ENQ, which asks a terminal to type its name. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const openings = /[\u0005\u001b\u0080-\u009f]/g;

/** Titles, colors, links, and resetting colors. */
const allowedOsc = new Set(["0", "2", "4", "8", "10", "11", "12", "104", "110", "111", "112"]);

type State = "text" | "escape" | "csi" | "osc" | "skipped_string";

/** The 8-bit forms of `ESC [`, `ESC ]` and so on. */
const sevenBit: Record<string, string> = {
  "\u0090": "P",
  "\u0098": "X",
  "\u009b": "[",
  "\u009d": "]",
  "\u009e": "^",
  "\u009f": "_",
};

export function createEscapeFilter(): EscapeFilter {
  let state: State = "text";
  /** Of the sequence being read, without its opening. */
  let body = "";
  let isTooLong = false;
  /** A string may end with `ESC \`, which arrives as two characters. */
  let isAfterEscape = false;

  function open(kind: string): string {
    body = "";
    isTooLong = false;
    isAfterEscape = false;
    if (kind === "[") state = "csi";
    else if (kind === "]") state = "osc";
    else if (kind === "P" || kind === "X" || kind === "^" || kind === "_") state = "skipped_string";
    else if (kind >= " " && kind <= "/") {
      // An escape with intermediates, such as a character set: two to four characters, harmless.
      state = "escape";
      body = kind;
    } else {
      state = "text";
      return kind >= "0" && kind <= "~" ? `${esc}${kind}` : "";
    }
    return "";
  }

  function inEscape(char: string): string {
    if (char === esc) {
      body = "";
      return "";
    }
    if (body === "") return open(char);
    if (char >= " " && char <= "/" && body.length < 3) {
      body += char;
      return "";
    }
    state = "text";
    return char >= "0" && char <= "~" ? `${esc}${body}${char}` : "";
  }

  function inCsi(char: string): string {
    if (char === esc) {
      state = "escape";
      body = "";
      return "";
    }
    if (char === cancel || char === substitute) {
      state = "text";
      return "";
    }
    if (char >= "@" && char <= "~") {
      state = "text";
      return isTooLong || char === "t" ? "" : `${esc}[${body}${char}`;
    }
    if (char >= " " && char <= "?") {
      if (body.length < maxCsiChars) body += char;
      else isTooLong = true;
      return "";
    }
    // A control character inside of a sequence acts at once, as terminals have it.
    return char < " " && char !== "\u0005" ? char : "";
  }

  function inString(char: string): string {
    if (isAfterEscape) {
      isAfterEscape = false;
      const finished = char === "\\" ? end() : "";
      if (char === "\\") return finished;
      // Any other escape breaks the string off and begins anew.
      state = "escape";
      body = "";
      return inEscape(char);
    }
    if (char === esc) {
      isAfterEscape = true;
      return "";
    }
    if (char === cancel || char === substitute) {
      state = "text";
      return "";
    }
    if (char === stringEnd || (char === bell && state === "osc")) return end();
    if (state === "osc") {
      if (body.length < maxOscChars) body += char;
      else isTooLong = true;
    }
    return "";
  }

  function end(): string {
    const wasOsc = state === "osc";
    state = "text";
    return wasOsc && !isTooLong ? allowed(body) : "";
  }

  function step(char: string): string {
    switch (state) {
      case "escape":
        return inEscape(char);
      case "csi":
        return inCsi(char);
      case "osc":
      case "skipped_string":
        return inString(char);
      case "text": {
        if (char === esc) {
          state = "escape";
          body = "";
          return "";
        }
        const kind = sevenBit[char];
        return kind === undefined ? "" : open(kind);
      }
    }
  }

  return {
    push(text) {
      let shown = "";
      let at = 0;
      while (at < text.length) {
        if (state === "text") {
          openings.lastIndex = at;
          const next = openings.exec(text)?.index;
          if (next === undefined) return shown + text.slice(at);
          shown += text.slice(at, next);
          at = next;
        }
        shown += step(text.charAt(at));
        at++;
      }
      return shown;
    },
  };
}

/** The operating system command as it may be shown; empty when it may not. */
function allowed(body: string): string {
  const [, number = "", rest = ""] = /^(\d{1,4})(?:;([^]*))?$/.exec(body) ?? [];
  if (!allowedOsc.has(number)) return "";
  if (/\p{Cc}/u.test(rest)) return "";
  if (number === "0" || number === "2") return osc(number, rest.slice(0, maxTitleChars));
  if (number !== "8") return osc(number, rest);
  const [parameters = "", ...address] = rest.split(";");
  const link = address.join(";");
  return link === "" || isWebLink(link) ? osc("8", `${parameters};${link}`) : "";
}

function osc(number: string, rest: string): string {
  return `${esc}]${number};${rest}${bell}`;
}

function isWebLink(text: string): boolean {
  if (text.length > maxLinkChars || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}

import type { BaseWindow } from "electron";
import { parseDeepLink } from "./deep-link.ts";
import type { Asks } from "./person.ts";
import type { ShellStrings } from "./shell.strings.ts";

/** `chatee://` links: each asks the person first. One that comes before there is a window waits for it, and only the last one. */
export function createLinks(first: string | null) {
  let waiting = first;
  let ask: ((text: string) => void) | null = null;
  return {
    open(text: string): void {
      if (ask) ask(text);
      else waiting = text;
    },
    /** There is a window now. */
    begin(deps: {
      strings: ShellStrings;
      person: Pick<Asks, "choose">;
      show: () => BaseWindow | null;
      navigate: (path: string) => void;
    }): void {
      const { strings, person } = deps;
      const sentences = { session: strings.linkSession, settings: strings.linkSettings, open: strings.linkOpen };
      ask = (text) => {
        const link = parseDeepLink(text);
        if (!link) return;
        const buttons = [strings.cancel, strings.open];
        const question = { title: strings.linkTitle, body: sentences[link.kind], buttons };
        void person.choose(deps.show(), question).then((pressed) => pressed === 1 && deps.navigate(link.path));
      };
      if (waiting !== null) ask(waiting);
      waiting = null;
    },
  };
}

import type { AttachingList } from "../files/attaching.ts";
import { toPastedName } from "./pasted.ts";
import type { Pasted } from "./pasted.ts";
import type { Draft } from "./use-draft.ts";

/** What is put into a draft at once: words, texts that stand beside them, files that are attached. */
export type Insertion = { text: string; pasted: readonly Pasted[]; files: readonly File[] };

/** Puts it behind what is there already: words below the words, cards and files beside those there are. */
export function insert({ text, pasted, files }: Insertion, draft: Draft, attaching: Pick<AttachingList, "add">): void {
  if (text !== "") draft.setText(draft.text.trim() === "" ? text : `${draft.text}\n\n${text}`);
  if (pasted.length > 0) {
    const taken = new Set(draft.pasted.map(({ name }) => name));
    const added = pasted.map((one) => {
      const name = toPastedName(one.name, taken);
      taken.add(name);
      return { ...one, name };
    });
    draft.setPasted([...draft.pasted, ...added]);
  }
  if (files.length > 0) attaching.add(files);
}

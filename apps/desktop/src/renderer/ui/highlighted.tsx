import { matchesOf } from "./matches.ts";

/** A text in which the words of a query stand out. */
export function Highlighted({ text, query }: { text: string; query: string }) {
  return matchesOf(text, query).map(({ text: piece, isMatch }, index) =>
    isMatch ? (
      // oxlint-disable-next-line react/no-array-index-key -- pieces of one text have nothing but their order
      <mark key={index} className="rounded-xs bg-mark text-inherit">
        {piece}
      </mark>
    ) : (
      piece
    ),
  );
}

import { useState } from "react";
import { strings } from "./messages.strings.ts";

const foldAboveChars = 1_800;
const foldAboveLines = 24;
/** Of a folded text, more than this is not even laid out: a pasted megabyte costs nothing until somebody asks. */
const foldedChars = 2_400;

/** What a person wrote, as written; long texts are folded. */
export function UserText({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false);
  const isLong = text.length > foldAboveChars || text.split("\n", foldAboveLines + 1).length > foldAboveLines;
  return (
    <>
      <div
        data-part="content"
        className={
          isLong && !isOpen
            ? "max-h-64 overflow-hidden [mask-image:linear-gradient(#000_70%,transparent)] [overflow-wrap:anywhere] whitespace-pre-wrap"
            : "[overflow-wrap:anywhere] whitespace-pre-wrap"
        }
      >
        {isLong && !isOpen ? text.slice(0, foldedChars) : text}
      </div>
      {isLong && (
        <button
          type="button"
          aria-expanded={isOpen}
          className="mt-1 text-[13px] font-medium text-muted hover:text-ink"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? strings.showLess : strings.showMore}
        </button>
      )}
    </>
  );
}

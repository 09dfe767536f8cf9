import { useMemo, useState } from "react";
import { strings } from "./messages.strings.ts";
import { splitPasted } from "./pasted.ts";
import { PastedCard } from "./pasted-card.tsx";

const foldAboveChars = 1_800;
const foldAboveLines = 24;
/** Of a folded text, more than this is not even laid out: a pasted megabyte costs nothing until somebody asks. */
const foldedChars = 2_400;

/** What a person wrote, as written; long texts are folded, and pasted ones are cards. */
export function UserText({ text: content }: { text: string }) {
  const { text, pasted } = useMemo(() => splitPasted(content), [content]);
  return (
    <>
      {pasted.length > 0 && (
        <ul aria-label={strings.attachments} className={`flex flex-wrap gap-2 ${text === "" ? "" : "mb-2"}`}>
          {pasted.map((one, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- what was sent does not change
            <li key={index}>
              <PastedCard pasted={one} />
            </li>
          ))}
        </ul>
      )}
      {text !== "" && <Folded text={text} />}
    </>
  );
}

function Folded({ text }: { text: string }) {
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

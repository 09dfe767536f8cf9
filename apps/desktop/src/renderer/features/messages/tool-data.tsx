import { CopyButton } from "../../ui/copy-button.tsx";
import { ScrollBox } from "../../ui/scroll-box.tsx";

const maxShownChars = 20_000;

/** A text of a tool, with a way to copy it. Data is shown as plain text, never as markup. */
export function Data({ label, text }: { label: string; text: string }) {
  return (
    <section className="px-3 pt-1 pb-2.5" aria-label={label}>
      <div className="flex h-8 items-center justify-between text-xs text-muted">
        {label}
        <CopyButton text={() => text} />
      </div>
      <ScrollBox
        as="pre"
        className="max-h-72 overflow-auto font-mono text-[13px] leading-relaxed break-words whitespace-pre-wrap"
      >
        {text.length > maxShownChars ? `${text.slice(0, maxShownChars)}…` : text}
      </ScrollBox>
    </section>
  );
}

import type { ComponentProps, ReactNode } from "react";
import { isValidElement, useState } from "react";
import { useIsCodeFenceIncomplete } from "streamdown";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Diagram } from "./diagram.tsx";
import { strings } from "./messages.strings.ts";
import { useHighlighted } from "./use-highlighted.ts";

/** Of a longer block only its beginning is laid out until somebody asks: a few thousand lines stop the page. */
const maxLines = 300;

/** Where the line after the first `count` begins; -1 when there are not so many. */
function endOfLines(code: string, count: number): number {
  let at = -1;
  for (let line = 0; line < count; line++) {
    at = code.indexOf("\n", at + 1);
    if (at === -1) return -1;
  }
  return at;
}

/** All text below a node. */
function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : "";
}

/** A fenced block: its language, a button to copy it, and lines that scroll sideways instead of breaking. */
export function CodeBox({ children }: ComponentProps<"pre">) {
  const element: ReactNode = Array.isArray(children) ? children[0] : children;
  const className = isValidElement<{ className?: string }>(element) ? element.props.className : undefined;
  const language = /language-(\S+)/.exec(className ?? "")?.[1] ?? "";
  const code = textOf(children).replace(/\n$/, "");
  const isComplete = !useIsCodeFenceIncomplete();
  const [showsAll, setShowsAll] = useState(false);
  const cut = showsAll ? -1 : endOfLines(code, maxLines);
  const shown = cut === -1 ? code : code.slice(0, cut);
  const lines = useHighlighted(shown, language, isComplete);
  const box = (
    <figure className="overflow-hidden rounded-xl border border-line bg-sunken">
      <figcaption className="flex h-8 items-center justify-between pr-1 pl-3.5 text-xs text-muted">
        <span className="font-mono">{language}</span>
        <CopyButton label={strings.copyCode} text={() => code} />
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways, also with the keyboard */}
      <pre tabIndex={0} className="max-h-[32rem] overflow-auto px-3.5 pb-3 font-mono text-[13px] leading-[1.6]">
        <code>
          {lines
            ? lines.map((line, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- lines of a finished block do not move
                <span key={at}>
                  {line.map(({ content, color }, index) => (
                    // oxlint-disable-next-line react/no-array-index-key
                    <span key={index} style={{ color }}>
                      {content}
                    </span>
                  ))}
                  {"\n"}
                </span>
              ))
            : shown}
        </code>
      </pre>
      {cut !== -1 && (
        <button
          type="button"
          className="w-full border-t border-line px-3.5 py-1.5 text-left text-xs font-medium text-accent hover:underline"
          onClick={() => setShowsAll(true)}
        >
          {strings.showAllLines(code.split("\n").length)}
        </button>
      )}
    </figure>
  );
  return language === "mermaid" && isComplete ? <Diagram code={code}>{box}</Diagram> : box;
}

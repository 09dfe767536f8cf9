import type { ComponentProps, ReactNode } from "react";
import { isValidElement } from "react";
import { useIsCodeFenceIncomplete } from "streamdown";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Diagram } from "./diagram.tsx";
import { strings } from "./messages.strings.ts";
import { useHighlighted } from "./use-highlighted.ts";

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
  const lines = useHighlighted(code, language, isComplete);
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
            : code}
        </code>
      </pre>
    </figure>
  );
  return language === "mermaid" && isComplete ? <Diagram code={code}>{box}</Diagram> : box;
}

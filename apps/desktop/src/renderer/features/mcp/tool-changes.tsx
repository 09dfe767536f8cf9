import type { ToolChange } from "@chatee/shared/mcp";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./mcp.strings.ts";
import { ScrollBox } from "../../ui/scroll-box.tsx";

/** Where a tool's definition differs from the one that was allowed, word by word. */
export function ToolChanges({ changes, className }: { changes: readonly ToolChange[]; className?: string }) {
  return (
    <dl className={classNames("space-y-2 text-[13px]", className)}>
      {changes.map((change) => (
        <div key={`${change.kind} ${change.path}`}>
          <dt className="font-mono text-xs text-muted">{change.path}</dt>
          <ScrollBox
            as="dd"
            className="mt-0.5 max-h-60 overflow-auto rounded-lg bg-sunken px-2.5 py-1.5 font-mono [overflow-wrap:anywhere] whitespace-pre-wrap"
          >
            <Changed change={change} />
          </ScrollBox>
        </div>
      ))}
    </dl>
  );
}

const added = "rounded-xs bg-accent-soft text-accent no-underline";
const removed = "rounded-xs bg-danger-soft text-danger";

function Changed({ change }: { change: ToolChange }) {
  switch (change.kind) {
    case "added":
      return (
        <ins className={added} title={strings.changeAdded}>
          {change.after}
        </ins>
      );
    case "removed":
      return (
        <del className={removed} title={strings.changeRemoved}>
          {change.before}
        </del>
      );
    case "changed":
      return change.text.map(({ kind, text }, index) => {
        // eslint-disable-next-line react/no-array-index-key -- stretches of one text have nothing but their order
        const key = index;
        if (kind === "same") return <span key={key}>{text}</span>;
        return kind === "added" ? (
          <ins key={key} className={added}>
            {text}
          </ins>
        ) : (
          <del key={key} className={removed}>
            {text}
          </del>
        );
      });
  }
}

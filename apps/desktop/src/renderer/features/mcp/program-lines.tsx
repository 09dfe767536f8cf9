import type { Json } from "@chatee/shared/json";
import type { ReactNode } from "react";
import { classNames } from "../../ui/class-names.ts";
import { strings } from "./mcp.strings.ts";
import { readExt } from "./server-draft.ts";

/** What is started: the whole command, each argument by itself, the names in its environment, its folder. */
export function ProgramLines({ ext, className }: { ext: Json; className?: string }) {
  const { command, args, env, cwd } = readExt(ext);
  const names = Object.keys(env ?? {});
  return (
    <dl className={classNames("grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[13px]", className)}>
      <Line term={strings.command}>{command}</Line>
      <Line term={strings.args}>
        {args && args.length > 0
          ? args.map((arg, index) => (
              // eslint-disable-next-line react/no-array-index-key -- arguments are told apart by their place alone
              <span key={index} className="block">
                {JSON.stringify(arg)}
              </span>
            ))
          : null}
      </Line>
      <Line term={strings.env}>{names.length > 0 ? names.join(", ") : null}</Line>
      <Line term={strings.cwd}>{cwd ?? strings.cwdPlaceholder}</Line>
    </dl>
  );
}

function Line({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{term}</dt>
      <dd className="font-mono [overflow-wrap:anywhere] whitespace-pre-wrap">
        {children ?? <span className="font-sans text-faint">{strings.none}</span>}
      </dd>
    </>
  );
}

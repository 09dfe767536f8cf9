import type { Capabilities } from "@chatee/shared/llm";
import { strings } from "./llm.strings.ts";

/** What is known of a model. What nobody said is not guessed: it reads "unknown". */
export function Abilities({ capabilities }: { capabilities: Capabilities }) {
  const yesNo = (value: boolean | null) => (value === null ? strings.unknown : value ? strings.yes : strings.no);
  const count = (value: number | null) => (value === null ? strings.unknown : strings.tokens(value));
  const known: [string, string][] = [
    [strings.context, count(capabilities.contextWindowTokens)],
    [strings.maxOutput, count(capabilities.maxOutputTokens)],
    [strings.tools, yesNo(capabilities.tools)],
    [strings.thinking, yesNo(capabilities.thinking)],
    [strings.vision, yesNo(capabilities.vision)],
  ];
  return (
    <dl aria-label={strings.abilities} className="flex flex-wrap gap-x-3 gap-y-1 text-[13px]">
      {known.map(([label, value]) => (
        <div key={label} className="flex gap-1.5">
          <dt className="text-faint">{label}</dt>
          <dd className={value === strings.unknown ? "text-faint italic" : "text-muted tabular-nums"}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
